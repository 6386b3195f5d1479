"""What dvc.yaml declares must be what the scripts import: a missing dep gives stale results, a spare one lost hours."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.plan import NOTHING, tables
from pipelines.plan import expected as plan_text
from study.compress import METHODS
from study.convert import SCHEMES
from study.data.sources import SOURCES
from study.latency.devices import DEVICES
from study.networks.models import ARCHITECTURES
from study.plan.cells import Plan
from study.plan.variant import Architecture, Brought, Quantization, Recipe, Variant
from study.registry import Entry
from study.report.topics import TOPICS
from study.specs.data import DataSpec
from study.specs.distillation import DistillationSpec

ROOT = Path(__file__).parents[2]
AXES = ("compress", "convert", "data/sources", "latency/devices", "networks/models")
# These carry bytes, arguments and messages from one place to another and decide no result.
PLUMBING = {
    "pipelines/checkpoints.py",
    "pipelines/cli.py",
    "pipelines/files.py",
    "pipelines/measuring.py",
    "pipelines/params.py",
    "study/arrays.py",
    "study/errors.py",
    "study/registry.py",
    "study/specs/parse.py",
}
DIGITS = DataSpec("digits", None, 32, None, None, 0.1, 100, 0)
TENSORFLOW = {"adopt", "pretrained", "train", "compress", "export", "diagnose"}


# Imports inside functions serve data of one's own, which is no part of the study, or a base that has lost channels,
# whose cells are asked for apart.
LAZY = ("pipelines/evaluate.py", "pipelines/compress.py")


@cache
def imports(path: str) -> frozenset[str]:
    """Project files that one file imports, or starts as a script lying beside it."""
    tree = ast.parse((ROOT / path).read_text())
    nodes = list(_outside_functions(tree)) if path in LAZY else list(ast.walk(tree))
    names: list[tuple[str, ...]] = []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [(f"{node.module}.{alias.name}", node.module) for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [(alias.name,) for alias in node.names]
    found = {next((file for file in map(_file, candidates) if file), None) for candidates in names}
    scripts = {
        str(Path(path).with_name(node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"\w+\.py", node.value)
    }
    return frozenset(file for file in found if file) | {script for script in scripts if (ROOT / script).is_file()}


def _outside_functions(node: ast.AST) -> Any:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _outside_functions(child)


def _file(module: str) -> str | None:
    if module.split(".")[0] not in ("study", "pipelines"):
        return None
    stem = module.replace(".", "/")
    return next((name for name in (f"{stem}.py", f"{stem}/__init__.py") if (ROOT / name).is_file()), None)


def closure(start: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imports(path)
    return seen


def expected(kind: str, entries: set[str]) -> set[str]:
    code = closure({f"pipelines/{kind}.py"} | entries)
    code = {path for path in code if not path.endswith("__init__.py")} - PLUMBING
    return code | ({"pipelines/__init__.py"} if kind in TENSORFLOW else set())


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


PARAMS = "pipelines/presets/full.yaml"  # not params.yaml, which is another one in a fork
PLAN = yaml.safe_load(plan_text(ROOT / PARAMS))
STAGES = read("dvc.yaml")["stages"]


def fill(text: str, key: str, item: dict[str, Any]) -> str:
    values = {"key": key} | {f"item.{name}": value for name, value in item.items()}
    values |= {f"dataset.{name}": value for name, value in PLAN["dataset"].items()}
    return re.sub(r"\$\{([^}]+)\}", lambda match: str(values[match[1]]), text)


def stages() -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, key, item) of every stage that DVC makes of dvc.yaml."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for kind, stage in STAGES.items():
        table = PLAN[stage["foreach"][2:-1]] if "foreach" in stage else {"": {}}
        found += [(kind, key, item) for key, item in table.items()]
    return found


def deps(kind: str, key: str, item: dict[str, Any]) -> set[str]:
    stage = STAGES[kind].get("do", STAGES[kind])
    return {fill(path, key, item) for path in stage["deps"]}


def code(paths: set[str]) -> set[str]:
    """Python files among the deps; a folder stands for those in it."""
    found: set[str] = set()
    for path in paths:
        if path.startswith(("study/", "pipelines/")):
            inside = (ROOT / path).rglob("*.py") if (ROOT / path).is_dir() else [ROOT / path]
            found |= {str(file.relative_to(ROOT)) for file in inside}
    return found


def entries(kind: str, item: dict[str, Any]) -> set[str]:
    """The module of each axis that the stage's cell uses."""
    if kind == "data":
        item = {"source": PLAN["dataset"]["source"]}
    axes = {
        "data": [(SOURCES, "source")],
        "train": [(ARCHITECTURES, "family")],
        "pretrained": [(ARCHITECTURES, "family")],
        "adopt": [(ARCHITECTURES, "family")],
        "compress": [(ARCHITECTURES, "family"), (METHODS, "method")],
        "export": [(ARCHITECTURES, "family"), (SCHEMES, "converter")],
        "diagnose": [(ARCHITECTURES, "family")],
        "latency": [(DEVICES, "device")],
    }
    chosen = [table[item[field]].module for table, field in axes.get(kind, [])]
    narrowed = {"pipelines/stored_models.py"} if kind == "compress" and item["narrowed"] else set()
    return {module.replace(".", "/") + ".py" for module in chosen} | narrowed


@pytest.mark.parametrize("kind", sorted(set(STAGES) - {"plan"}))
def test_sections_of_params_are_those_that_the_script_reads(kind: str) -> None:
    text = (ROOT / f"pipelines/{kind}.py").read_text()
    wanted = set(re.findall(r'section\([\w.]+, "(\w+)", \w+\)', text)) | set(re.findall(r'\.get\("(preset)"\)', text))
    wanted |= {"${item.section}"} if "options.section" in text else set()
    assert set(STAGES[kind].get("do", STAGES[kind]).get("params", [])) == wanted


def helpers(axis: str, table: Mapping[str, Entry]) -> set[str]:
    """Files of an axis that entries share: DVC has no deps for some of a stage's cells alone."""
    paths = {str(path.relative_to(ROOT)) for path in (ROOT / "study" / axis).glob("*.py") if path.stem != "__init__"}
    return paths - {entry.module.replace(".", "/") + ".py" for entry in table.values()}


def used_by(table: Mapping[str, Entry]) -> set[str]:
    """What any entry of an axis imports."""
    return closure({entry.module.replace(".", "/") + ".py" for entry in table.values()})


HELPERS = {
    "data": helpers("data/sources", SOURCES),
    "compress": helpers("compress", METHODS)
    | {"study/networks/batch_norm.py", "pipelines/stored_models.py"}
    | {path for path in NOTHING.values() if path.endswith(".py")},
    "export": helpers("convert", SCHEMES) | {"study/tflite/edit.py"},
    "latency": used_by(DEVICES),
}


@pytest.mark.parametrize("kind", ["adopt", "compress", "export"])
def test_code_deps_of_ones_own_network_are_the_imports(kind: str) -> None:
    own = Architecture("file", own="mine", brought=Brought("mine.keras"))
    variants = [Variant(own, recipe, Quantization(), 0) for recipe in (Recipe(), Recipe("magnitude", 60))]
    found = tables(Plan(tuple(variants), (), {}), DIGITS)
    key, item = list(found[STAGES[kind]["foreach"][2:-1]].items())[-1]
    assert not found["trained"]
    assert expected(kind, entries(kind, item)) - code(deps(kind, key, item)) == set()
    assert kind != "adopt" or "mine.keras" in deps(kind, key, item)


@pytest.mark.parametrize("weights", ["imagenet", "my weights.npz"])
def test_code_deps_of_a_start_from_weights_are_the_imports(weights: str) -> None:
    own = Architecture("mobilenet_v2", start="imagenet", weights=weights)
    ((key, item),) = tables(Plan((Variant(own, Recipe(), Quantization(), 0),), (), {}), DIGITS)["pretrained"].items()
    found = deps("pretrained", key, item)
    declared, wanted = code(found), expected("pretrained", entries("pretrained", item))
    whole = ("study/networks/pretrained/", "study/data/augmentation/__init__.py")  # folders that are named as such
    spare = {path for path in declared if path.startswith(whole)}
    assert wanted - declared == set() == declared - wanted - spare
    assert weights == "imagenet" or weights in found
    assert f"--weights {shlex.quote(weights)} " in fill(STAGES["pretrained"]["do"]["cmd"], key, item)


@pytest.mark.parametrize("kind", sorted(set(STAGES) - {"plan", "adopt", "pretrained"}))
def test_code_deps_are_the_imports(kind: str) -> None:
    seen = 0
    for found, key, item in stages():
        if found != kind:
            continue
        declared, wanted = code(deps(kind, key, item)), expected(kind, entries(kind, item))
        if kind == "report":
            declared = {path for path in declared if not path.endswith("__init__.py")}
            wanted |= {path for path in declared if path.startswith("study/report/")}
        spare = HELPERS.get(kind, set()) | code({path for path in deps(kind, key, item) if (ROOT / path).is_dir()})
        assert wanted - declared == set(), f"{kind}@{key} would keep stale results"
        assert declared - wanted - spare == set(), f"{kind}@{key} would run without need"
        seen += 1
    assert seen


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_whichever_source_is_chosen_its_code_is_a_dep_of_data(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLAN, "dataset", {"source": source, "input": "elsewhere"})
    assert expected("data", entries("data", {})) <= deps("data", "", {})


@pytest.mark.parametrize("method", sorted(METHODS))
def test_whichever_method_is_chosen_its_code_is_a_dep_of_compress(method: str) -> None:
    amount = 0 if METHODS[method].kind == "control" else 30
    variant = Variant(Architecture("mobilenet_v2"), Recipe(method, amount), Quantization(), 0)
    ((key, item),) = tables(Plan((variant,), (), {}), DIGITS)["compressed"].items()
    assert expected("compress", entries("compress", item)) <= code(deps("compress", key, item))


@pytest.mark.parametrize("method", ["automatic50_magnitude", "uniform25_magnitude_bn"])
def test_a_method_behind_another_depends_on_its_result_and_on_what_rebuilds_that(method: str) -> None:
    variant = Variant(Architecture("mobilenet_v2"), Recipe(method, 60), Quantization(), 0)
    ((key, item),) = tables(Plan((variant,), (), {}), DIGITS)["compressed"].items()
    found = deps("compress", key, item)
    assert expected("compress", entries("compress", item)) <= code(found)
    assert f"artifacts/models/mobilenet_v2_{method.split('_')[0]}_s0.npz" in found
    assert "study/networks/channels" in found


@pytest.mark.parametrize("teacher", [Architecture("mobilenet_v2", 1), Architecture("efficientnet_b0")])
@pytest.mark.parametrize("recipe", [Recipe("magnitude", 60), Recipe("automatic50_magnitude", 60)])
def test_a_teacher_is_a_dep_with_its_code_and_no_path_stands_twice(teacher: Architecture, recipe: Recipe) -> None:
    student = Variant(Architecture("mobilenet_v2"), recipe, Quantization(), 0)
    spec = DistillationSpec(distillation_weight=0.5, teacher=teacher.name)
    plan = Plan((student, Variant(teacher, Recipe(), Quantization(), 0)), (), {})
    ((key, item),) = tables(plan, DIGITS, {"pruning": spec})["compressed"].items()
    listed = [fill(path, key, item) for path in STAGES["compress"]["do"]["deps"]]
    assert len(set(listed)) == len(listed) and all(listed)
    assert {f"artifacts/models/{teacher.name}_dense_s0.npz", f"study/networks/models/{teacher.family}.py"} <= set(
        listed
    )


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_whichever_scheme_is_chosen_its_code_is_a_dep_of_export(scheme: str) -> None:
    variant = Variant(Architecture("mobilenet_v2"), Recipe(), Quantization(scheme), 0)
    ((key, item),) = tables(Plan((variant,), (), {}), DIGITS)["exported"].items()
    assert expected("export", entries("export", item)) <= code(deps("export", key, item))


@pytest.mark.parametrize("device", sorted(DEVICES))
def test_whichever_device_is_chosen_its_code_is_a_dep_of_latency(device: str, tmp_path: Path) -> None:
    params = read(PARAMS)
    params["grid"]["devices"] = [{"device": "ssh", "name": "x", "host": "pi"} if device == "ssh" else device]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    ((key, item),) = yaml.safe_load(plan_text(tmp_path / "params.yaml"))["devices"].items()
    assert expected("latency", entries("latency", item)) <= code(deps("latency", key, item))


def test_the_plan_stage_depends_on_nothing_foreign_to_it() -> None:
    assert (
        {"study/plan/grid.py", "study/plan/variant.py"} <= code(deps("plan", "", {})) <= closure({"pipelines/plan.py"})
    )


def test_every_dep_of_code_exists_and_no_stage_depends_on_an_axis() -> None:
    for kind, key, item in stages():
        found = deps(kind, key, item)
        assert {path for path in found if path.startswith(("study/", "pipelines/")) and not (ROOT / path).exists()} == (
            set()
        )
        for axis in AXES:
            assert not found & {"study", f"study/{axis}", f"study/{axis}/", f"study/{axis}/__init__.py"}, (kind, key)


def test_a_change_of_the_method_concerns_its_own_cells_alone() -> None:
    path = "study/compress/magnitude.py"
    concerned = {(kind, key) for kind, key, item in stages() if path in deps(kind, key, item)}
    assert concerned == {("compress", key) for key, item in PLAN["compressed"].items() if item["method"] == "magnitude"}
    assert concerned


@pytest.mark.parametrize("family", sorted(ARCHITECTURES))
def test_an_architecture_concerns_its_own_cells_alone(family: str) -> None:
    path = ARCHITECTURES[family].module.replace(".", "/") + ".py"
    for kind, key, item in stages():
        uses = kind in {"train", "pretrained", "compress", "export", "diagnose"} and item["family"] == family
        assert (path in deps(kind, key, item)) == uses, (kind, key)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_a_scheme_concerns_its_own_cells_alone(scheme: str) -> None:
    """One with a folder of its own shares it with those that stand there too; the diagnosis uses what stands there."""
    path = SCHEMES[scheme].module.replace(".", "/") + ".py"
    unit = path if path.count("/") == 2 else path.rpartition("/")[0]
    seen = 0
    for kind, key, item in stages():
        uses = kind == "export" and SCHEMES[item["converter"]].module.replace(".", "/").startswith(
            unit.removesuffix(".py")
        )
        if kind != "diagnose":
            assert (unit in deps(kind, key, item)) == (uses and item["code"] == unit), (kind, key)
            seen += uses and item["converter"] == scheme
    assert seen or scheme not in {item["converter"] for item in PLAN["exported"].values()}


def test_a_new_method_leaves_every_other_cell_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Registering alone changes no file that a stage depends on (above); planning it must only add cells.
    monkeypatch.setitem(METHODS, "invented", replace(METHODS["magnitude"], module="study.compress.invented"))
    assert yaml.safe_load(plan_text(ROOT / PARAMS)) == PLAN
    params = read(PARAMS)
    params["grid"]["recipes"]["invented"] = [16]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    wider = yaml.safe_load(plan_text(tmp_path / "params.yaml"))
    for table, cells in PLAN.items():
        assert cells.items() <= wider[table].items()
    assert len(wider["compressed"]) == len(PLAN["compressed"]) + len(params["grid"]["architectures"])


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DVC project with this dvc.yaml, to ask DVC itself."""
    folder = tmp_path_factory.mktemp("graph")
    dvc(folder, "init", "--no-scm", "--quiet")
    shutil.copyfile(ROOT / "dvc.yaml", folder / "dvc.yaml")
    shutil.copyfile(ROOT / PARAMS, folder / "params.yaml")
    (folder / "plan.yaml").write_text(plan_text(ROOT / PARAMS))
    return folder


def dvc(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_dvc_sees_the_stages_that_these_tests_see(scratch: Path) -> None:
    listed = set(dvc(scratch, "stage", "list", "--all", "--name-only").split())
    assert listed == {f"{kind}@{key}" if key else kind for kind, key, _ in stages()}


def test_a_study_without_recipes_is_one_that_dvc_reads(scratch: Path) -> None:
    params = read(PARAMS)
    params["grid"] |= {"recipes": {}, "also": []}
    (scratch / "params.yaml").write_text(yaml.safe_dump(params))
    (scratch / "plan.yaml").write_text(plan_text(scratch / "params.yaml"))
    listed = dvc(scratch, "stage", "list", "--name-only").split()
    assert len([name for name in listed if name.startswith("export@")]) == 5 * len(params["grid"]["schemes"])
    assert not [name for name in listed if name.startswith("compress")]


def test_a_device_over_ssh_is_one_that_dvc_reads(scratch: Path) -> None:
    params = read(PARAMS)
    params["grid"]["devices"] = ["host", {"device": "ssh", "name": "desk", "host": "pi.local", "threads": [1, "all"]}]
    (scratch / "params.yaml").write_text(yaml.safe_dump(params))
    (scratch / "plan.yaml").write_text(plan_text(scratch / "params.yaml"))
    listed = dvc(scratch, "stage", "list", "--name-only").split()
    assert [name for name in listed if name.startswith("latency")] == ["latency@host", "latency@ssh_desk"]


def test_outputs_are_distinct_and_named_after_their_cell() -> None:
    seen: set[str] = set()
    for kind, key, item in stages():
        stage = STAGES[kind].get("do", STAGES[kind])
        for out in stage.get("outs", []) + stage.get("metrics", []):
            path = fill(out if isinstance(out, str) else next(iter(out)), key, item)
            assert path not in seen
            assert key in path
            seen.add(path)


def test_commands_name_the_script_of_their_stage_and_no_key_is_left_open() -> None:
    for kind, key, item in stages():
        command = fill(STAGES[kind].get("do", STAGES[kind])["cmd"], key, item)
        assert command.startswith(f"python -m pipelines.{kind} ")
        assert "${" not in command


def test_every_table_of_the_report_is_an_output_of_its_stage() -> None:
    outs = {next(iter(out)) for out in STAGES["report"]["outs"]}
    made = {f"reports/{name}.csv" for topic in TOPICS for name in topic.tables}
    assert made == {out for out in outs if out.endswith(".csv")}
