"""Watches: with a resource version, from a list on, too old, ended by the server, as an iterator of models."""

import json

from harness import case, equal, eventually, raises
from kubernetes import client, watch
from kubernetes.client.rest import ApiException


def config_map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"watched": "yes"}), data=data)


@case("a watch from a list's version sees what comes after, in order, as models")
def _(namespace):
    core = client.CoreV1Api()
    core.create_namespaced_config_map(namespace, config_map("before"))
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, config_map("after"))
    core.patch_namespaced_config_map("after", namespace, {"data": {"a": "b"}})
    core.delete_namespaced_config_map("after", namespace)
    seen = []
    for event in watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version=version, label_selector="watched", timeout_seconds=20
    ):
        seen.append((event["type"], event["object"].metadata.name, event["object"].data))
        if event["type"] == "DELETED":
            break
    equal(seen, [("ADDED", "after", None), ("MODIFIED", "after", {"a": "b"}), ("DELETED", "after", {"a": "b"})])


@case("a watch without a version begins with what is there")
def _(namespace):
    core = client.CoreV1Api()
    core.create_namespaced_config_map(namespace, config_map("there"))
    for event in watch.Watch().stream(
        core.list_namespaced_config_map, namespace, field_selector="metadata.name=there", timeout_seconds=20
    ):
        equal((event["type"], event["object"].metadata.name), ("ADDED", "there"))
        break


@case("a label that changes lets an object leave a watch, and come back")
def _(namespace):
    core = client.CoreV1Api()
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata={"name": "moving", "labels": {"in": "1"}}))
    core.patch_namespaced_config_map("moving", namespace, {"metadata": {"labels": {"in": "2"}}})
    core.patch_namespaced_config_map("moving", namespace, {"metadata": {"labels": {"in": "1"}}})
    types = []
    for event in watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version=version, label_selector="in=1", timeout_seconds=20
    ):
        types.append(event["type"])
        if len(types) == 3:
            break
    equal(types, ["ADDED", "DELETED", "ADDED"])


@case("the server ends a watch after its timeout")
def _(namespace):
    core = client.CoreV1Api()
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    answer = core.list_namespaced_config_map(
        namespace,
        label_selector="nobody=has",
        resource_version=version,
        watch=True,
        timeout_seconds=1,
        _preload_content=False,
    )
    equal(answer.headers["content-type"], "application/json")
    equal(answer.read(), b"")


@case("bookmarks tell the version that a watch has reached")
def _(namespace):
    core = client.CoreV1Api()
    answer = core.list_namespaced_config_map(
        namespace,
        watch=True,
        resource_version="",
        allow_watch_bookmarks=True,
        send_initial_events=True,
        resource_version_match="NotOlderThan",
        timeout_seconds=10,
        _preload_content=False,
    )
    for line in answer.stream(decode_content=True):
        events = [json.loads(text) for text in line.splitlines()]
        marks = [event for event in events if event["type"] == "BOOKMARK"]
        if marks:
            equal(marks[0]["object"]["metadata"]["annotations"], {"k8s.io/initial-events-end": "true"})
            return
    raise AssertionError("no bookmark")


@case("a list of a version from the future times out, and says so")
def _(namespace):
    core = client.CoreV1Api()
    error = raises(
        ApiException, lambda: core.list_namespaced_config_map(namespace, resource_version="999999999"), status=504
    )
    assert "Too large resource version" in json.loads(error.body)["message"], error.body


@case("a watch of a Deployment follows its rollout")
def _(namespace):
    apps = client.AppsV1Api()
    labels = {"app": "rolling"}
    container = {"name": "c", "image": "wherry/hello"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}
    apps.create_namespaced_deployment(namespace, {"metadata": {"name": "rolling"}, "spec": spec})
    for event in watch.Watch().stream(
        apps.list_namespaced_deployment, namespace, field_selector="metadata.name=rolling", timeout_seconds=60
    ):
        if event["object"].status.available_replicas == 1:
            break
    else:
        raise AssertionError("never available")
    apps.delete_namespaced_deployment("rolling", namespace)
    eventually(lambda: not apps.list_namespaced_deployment(namespace, field_selector="metadata.name=rolling").items)
