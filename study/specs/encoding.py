"""How exported files are compressed for shipping."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from study.specs.parse import STRICT


@dataclass(frozen=True, config=STRICT)
class EncodingSpec:
    """Section `encoding` of params.yaml: names of study/codecs.py. zopfli takes minutes a file, the others seconds."""

    codecs: Annotated[list[str], Field(min_length=1)]
