"""Fixtures of the tests of the journey models."""

from collections.abc import Iterator

import pytest

from tests.dbt.journeys.compiled_models import JourneyModels


@pytest.fixture(scope="session")
def journey_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyModels]:
    models = JourneyModels(tmp_path_factory.mktemp("journeys"))
    yield models
    models.connection.close()
