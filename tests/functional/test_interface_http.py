"""The description of the interface is whole: every operation named, documented, and answered as it says."""

import json
import re

import pytest

from tests.functional.conftest import LOT, TENDER, House

VERBS = ("get", "post", "patch", "delete", "head")


@pytest.fixture(scope="module")
def described(reading: House) -> dict[str, object]:
    found: dict[str, object] = reading.client.get("/schema/openapi.json").json()
    return found


def operations(described: dict[str, object]) -> list[tuple[str, str, dict[str, object]]]:
    paths = described["paths"]
    assert isinstance(paths, dict)
    return [(path, verb, item[verb]) for path, item in paths.items() for verb in VERBS if verb in item]


def test_it_is_openapi_3_1_of_the_interface_alone(described: dict[str, object]) -> None:
    assert str(described["openapi"]).startswith("3.1")
    assert {path.split("/")[1] for path, _, _ in operations(described)} == {"api"}


def test_every_operation_has_a_name_of_its_own_a_subject_and_a_sentence(described: dict[str, object]) -> None:
    names = [str(operation["operationId"]) for _, _, operation in operations(described)]
    assert len(names) == len(set(names)) > 35
    assert all(operation.get("description") and operation.get("tags") for _, _, operation in operations(described))


def test_every_operation_says_that_its_failures_are_problem_documents(described: dict[str, object]) -> None:
    for path, verb, operation in operations(described):
        responses = operation["responses"]
        assert isinstance(responses, dict)
        assert "application/problem+json" in responses["default"]["content"], (verb, path)
        assert not [status for status in responses if status >= "400" and status != "default"]


def test_acts_say_that_they_need_a_session(described: dict[str, object]) -> None:
    acts = [operation for _, _, operation in operations(described) if "acts" in str(operation["tags"])]
    assert acts
    assert all(operation["security"] == [{"session": []}] for operation in acts)


def test_every_reference_of_the_description_leads_somewhere(described: dict[str, object]) -> None:
    components = described["components"]
    assert isinstance(components, dict)
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described))):
        assert name.replace("~1", "/") in components["schemas"]


def test_the_page_of_the_interface_loads_everything_from_here(reading: House) -> None:
    page = reading.client.get("/api", headers={"Accept": "text/html"}).text
    assert re.findall(r'(?:src|href)="(/assets/swagger/[^"]+)"', page)
    for link in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page):
        assert reading.client.get(link).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/notices",
        "/api/tenders",
        f"/api/tenders/{TENDER}",
        f"/api/tenders/{TENDER}/lots/{LOT}",
        f"/api/tenders/{TENDER}/lots/{LOT}/opening",
        f"/api/tenders/{TENDER}/lots/{LOT}/draw",
        "/api/rules",
        "/api/rules/cn-rs1-2019",
        "/api/log",
        "/api/log/0",
    ],
)
def test_an_answer_has_the_members_that_its_schema_requires(reading: House, described: dict[str, object], path: str) -> None:
    template = re.sub(rf"{TENDER}", "{name}", path)
    template = re.sub(rf"/lots/{LOT}\b", "/lots/{lot}", template)
    template = template.replace("/rules/cn-rs1-2019", "/rules/{id}").replace("/log/0", "/log/{index}")
    paths, components = described["paths"], described["components"]
    assert isinstance(paths, dict) and isinstance(components, dict)
    schema = paths[template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    required = components["schemas"][schema["$ref"].rsplit("/", 1)[1]].get("required", [])
    answer = reading.client.get(path).json()
    assert required
    assert set(required) <= set(answer)
