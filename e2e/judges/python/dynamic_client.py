"""The dynamic client: resources found by discovery, objects without models."""

from harness import case, equal, eventually, raises
from kubernetes import client, dynamic
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, ResourceNotFoundError, UnprocessibleEntityError


def dynamic_client():
    return dynamic.DynamicClient(client.ApiClient())


@case("resources are found by kind, by short name, and by preferred version")
def _(_namespace):
    found = dynamic_client().resources
    equal(found.get(api_version="apps/v1", kind="Deployment").name, "deployments")
    equal(found.get(api_version="v1", kind="Pod").namespaced, True)
    equal(found.get(kind="HorizontalPodAutoscaler", group="autoscaling", preferred=True).group_version, "autoscaling/v2")
    assert len(found.search(kind="Event")) >= 2
    raises(ResourceNotFoundError, lambda: found.get(api_version="v1", kind="Wherry"))


@case("objects without models are created, listed, patched, replaced and deleted")
def _(namespace):
    secrets = dynamic_client().resources.get(api_version="v1", kind="Secret")
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "loose"}, "stringData": {"a": "b"}}
    made = secrets.create(body=body, namespace=namespace)
    equal((made.data.a, made.type), ("Yg==", "Opaque"))
    strategic = {"metadata": {"name": "loose", "labels": {"x": "y"}}}
    patched = secrets.patch(body=strategic, namespace=namespace)
    equal(patched.metadata.labels.x, "y")
    merge = {"metadata": {"name": "loose", "labels": None}}
    patched = secrets.patch(body=merge, namespace=namespace, content_type="application/merge-patch+json")
    equal(patched.metadata.labels, None)
    stale = patched.to_dict()
    secrets.patch(body=strategic, namespace=namespace)
    raises(ConflictError, lambda: secrets.replace(body=stale, namespace=namespace))
    equal(secrets.get(namespace=namespace, label_selector="x=y").items[0].metadata.name, "loose")
    secrets.delete(name="loose", namespace=namespace)
    raises(NotFoundError, lambda: secrets.get(name="loose", namespace=namespace))


@case("a body that does not fit is unprocessable, with its causes")
def _(namespace):
    services = dynamic_client().resources.get(api_version="v1", kind="Service")
    body = {"kind": "Service", "metadata": {"name": "bad"}, "spec": {"type": "Nonsense", "ports": [{"port": 1}]}}
    error = raises(UnprocessibleEntityError, lambda: services.create(body=body, namespace=namespace))
    assert 'spec.type: Unsupported value: "Nonsense"' in error.summary(), error.summary()


@case("server-side apply creates, merges lists by key, conflicts, forces and removes")
def _(namespace):
    deployments = dynamic_client().resources.get(api_version="apps/v1", kind="Deployment")

    def apply(manager, containers, force=False, **spec):
        labels = {"app": "applied"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "applied"},
            "spec": {"selector": {"matchLabels": labels}, "template": pod, **spec},
        }
        return deployments.server_side_apply(
            body=body, namespace=namespace, field_manager=manager, force_conflicts=force
        )

    hello = {"name": "hello", "image": "wherry/hello"}
    made = apply("owner", [hello], replicas=0)
    managed = made.metadata.managedFields[0]
    equal((managed.manager, managed.operation, managed.apiVersion), ("owner", "Apply", "apps/v1"))
    both = apply("sidecar", [{"name": "side", "image": "wherry/shell"}])
    equal([c.name for c in both.spec.template.spec.containers], ["hello", "side"])
    error = raises(ConflictError, lambda: apply("sidecar", [{"name": "side", "image": "wherry/shell"}], replicas=1))
    assert 'Apply failed with 1 conflict: conflict with \\"owner\\": .spec.replicas' in error.body.decode(), error.body
    equal(apply("sidecar", [{"name": "side", "image": "wherry/shell"}], True, replicas=1).spec.replicas, 1)
    without = apply("sidecar", [])
    equal([c.name for c in without.spec.template.spec.containers], ["hello"])
    deployments.delete(name="applied", namespace=namespace)


@case("a dynamic watch yields events until it is stopped")
def _(namespace):
    maps = dynamic_client().resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body={"metadata": {"name": "seen", "labels": {"dyn": "1"}}}, namespace=namespace)
    for event in maps.watch(namespace=namespace, label_selector="dyn=1", timeout=20):
        equal((event["type"], event["object"].metadata.name), ("ADDED", "seen"))
        break


@case("scale, status and other subresources hang on their resources")
def _(namespace):
    sets = dynamic_client().resources.get(api_version="apps/v1", kind="ReplicaSet")
    labels = {"app": "sub"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "wherry/hello"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    sets.create(body={"kind": "ReplicaSet", "metadata": {"name": "sub"}, "spec": spec}, namespace=namespace)
    equal(sets.scale.get(name="sub", namespace=namespace).kind, "Scale")
    eventually(lambda: sets.status.get(name="sub", namespace=namespace).status.observedGeneration == 1)
    sets.delete(name="sub", namespace=namespace)
