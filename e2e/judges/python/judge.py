"""Judges the server with upstream's Python client. KUBECONFIG names the cluster."""

import contextlib
import uuid

import custom_objects  # noqa: F401
import dynamic_client  # noqa: F401
import harness
import streams  # noqa: F401
import typed  # noqa: F401
import watches  # noqa: F401
from kubernetes import client, config


@contextlib.contextmanager
def namespace():
    config.load_kube_config()
    name = f"python-{uuid.uuid4().hex[:6]}"
    core = client.CoreV1Api()
    core.create_namespace({"metadata": {"name": name}})
    try:
        yield name
    finally:
        core.delete_namespace(name)


harness.main(namespace)
