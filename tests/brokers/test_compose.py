"""docker-compose.yml: valid by the compose specification, in step with the pins, on loopback only. (tests/compose runs it.)

Not tested here: the official images themselves, which need a registry of images. Kafka's own merger of mounted file and
environment is run (it stands in Kafka's jar).
"""

import os
import re
import shutil
import subprocess

import pytest
import yaml

from helpers import paths
from helpers.brokers import compose, install, pins, settings
from helpers.brokers.kafka import command

TEXT = compose.FILE.read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
BROKERS = ("rabbitmq", "kafka", "redis")


def expanded(text):
    """Without anchors and merge keys, which the validator takes for unknown words."""
    return yaml.safe_dump(yaml.safe_load(filled_in(text)), sort_keys=False)


def filled_in(text):
    """Variables replaced by their defaults, as without a .env."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


def test_it_is_valid_by_the_specification():
    import compose_spec

    found = compose_spec.PyCompose.from_yaml(expanded(TEXT))
    found.validate()
    assert set(BROKERS) <= set(found.service_names())
    with pytest.raises(ValueError, match="mem_limt"):
        compose_spec.PyCompose.from_yaml(expanded(TEXT).replace("mem_limit", "mem_limt"))


@pytest.mark.skipif(compose.engine_fault() is not None, reason=f"no Docker engine: {compose.engine_fault()}")
def test_docker_itself_reads_it():
    assert set(compose.compose("config", "--services").split()) == {*BROKERS, "rabbitmq-spare", "kafka-spare"}


@pytest.mark.parametrize("name", BROKERS)
def test_images_are_those_of_the_pins(name):
    image = filled_in(SERVICES[name]["image"])
    assert image == pins.versions()["images"][name]
    assert pins.versions()["lines"][name] in image
    assert f"#{name.upper()}_IMAGE={image}" in (paths.ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name):
    for entry in SERVICES[name]["ports"]:
        assert entry.startswith("127.0.0.1:")


def test_ports_and_defaults_are_those_of_the_settings():
    for name, default in re.findall(r"\$\{([A-Z_]+_PORT):-(\d+)\}", TEXT):
        if "CONSOLE" not in name:
            assert settings.DEFAULT_PORTS[name] == int(default)
    written = settings.parse((paths.ROOT / ".env.example").read_text().replace("#", ""))
    assert {name: int(written[name]) for name in settings.DEFAULT_PORTS} == settings.DEFAULT_PORTS


@pytest.mark.parametrize("name", BROKERS)
def test_health_memory_volume_and_mounted_files(name):
    service = SERVICES[name]
    assert "/dev/tcp/127.0.0.1/" in service["healthcheck"]["test"][-1]
    assert service["mem_limit"]
    assert f"{name}-data" in yaml.safe_load(TEXT)["volumes"]
    for volume in service["volumes"]:
        if volume.startswith("./"):
            assert (paths.ROOT / volume.split(":")[0]).is_file(), volume
    assert "profiles" not in service


def test_consoles_and_spares_are_off_by_default():
    for name in set(SERVICES) - set(BROKERS):
        assert SERVICES[name]["profiles"] == ["spares" if name.endswith("-spare") else "consoles"]


@pytest.mark.broker
def test_kafkas_own_merger_takes_base_and_overlay(tmp_path):
    try:
        jars = install.kafka()
    except install.NotInstalled as fault:
        pytest.skip(str(fault))
    for name in ("default", "mounted", "final"):
        (tmp_path / name).mkdir()
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (tmp_path / "default" / name).write_text(
            "Configuration: {Properties: {Property: []}, Appenders: {Console: {name: STDOUT, PatternLayout: {pattern: '%m%n'}}}, "
            "Loggers: {Root: {level: WARN, AppenderRef: [{ref: STDOUT}]}, Logger: [{name: kafka, level: WARN}]}}\n"
        )
    (tmp_path / "default/server.properties").write_text("node.id=9\n")
    shutil.copy(paths.ROOT / "helpers/brokers/config/kafka.properties", tmp_path / "mounted/server.properties")
    shutil.copy(tmp_path / "default/log4j2.yaml", tmp_path / "log4j2.yaml")
    environment = {name: filled_in(str(value)) for name, value in SERVICES["kafka"]["environment"].items()}
    environment["KAFKA_LOG_DIRS"] = str(tmp_path / "data")
    folders = {"default": "default-configs-dir", "mounted": "mounted-configs-dir", "final": "final-configs-dir"}
    options = [text for name, option in folders.items() for text in (f"--{option}", str(tmp_path / name))]
    argv = command(tmp_path, jars, "kafka.docker.KafkaDockerWrapper", "setup", *options)
    run = subprocess.run(argv, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True)
    final = settings_of(tmp_path / "final/server.properties")
    assert final["node.id"] == "1" and final["broker.session.timeout.ms"] == "2000", run.stderr
    assert final["listeners"] == environment["KAFKA_LISTENERS"]
    assert final["advertised.listeners"].startswith("EXTERNAL://127.0.0.1:9092")
    assert (tmp_path / "data/meta.properties").exists(), run.stdout + run.stderr


def settings_of(file):
    """Java properties; a later line wins."""
    lines = [line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {name.strip(): value.replace("\\", "").strip() for name, value in lines}
