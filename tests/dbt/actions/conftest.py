"""The models of actions, built once without data: what they are evaluated on is put in by each test."""

from collections.abc import Iterator

import pytest

from tests.dbt.compiled_project import CompiledProject


@pytest.fixture(scope="package")
def project(compiled: CompiledProject) -> Iterator[CompiledProject]:
    compiled.build({}, "dim_audiences")
    yield compiled
    compiled.replace_seed("action_rejections", [])
