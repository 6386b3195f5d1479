"""Whether a report judges the findings of 2021 depends on whose images it is about."""

import pytest
import synthetic_study as synthetic

from study.report.build import tables_of
from study.report.document import document


@pytest.mark.parametrize("cifar10", [True, False])
def test_the_findings_of_2021_end_a_report_on_cifar10_alone(cifar10: bool) -> None:
    inputs = synthetic.study(["mobilenet"], images=20, **({} if cifar10 else {"classes": ["crack", "dent", "none"]}))
    assert inputs.card["is_cifar10_classes"] == cifar10
    keys = [section.id for section in document(tables_of(inputs), set()).sections]
    assert keys[:2] == ["summary", "variants"]
    assert keys[-2:] == [*(["verdicts"] if cifar10 else [keys[-2]]), "provenance"]
    assert keys.count("verdicts") == cifar10
