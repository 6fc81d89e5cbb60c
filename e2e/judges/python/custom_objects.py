"""A CustomResourceDefinition and its objects, through ApiextensionsV1Api and CustomObjectsApi."""

import json
import uuid

from harness import case, equal, eventually, raises
from kubernetes import client, watch
from kubernetes.client.rest import ApiException

group = f"judge-{uuid.uuid4().hex[:6]}.example.com"
where = {"group": group, "version": "v1", "plural": "boats"}
schema = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["oars"],
            "properties": {
                "oars": {"type": "integer", "minimum": 0, "maximum": 8},
                "name": {"type": "string", "default": "unnamed"},
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            },
            "x-kubernetes-validations": [{"rule": "self.name != 'Titanic'", "message": "that name is taken"}],
        },
        "status": {"type": "object", "properties": {"afloat": {"type": "boolean"}, "oars": {"type": "integer"}}},
    },
}
definition = {
    "metadata": {"name": f"boats.{group}"},
    "spec": {
        "group": group,
        "scope": "Namespaced",
        "names": {"plural": "boats", "singular": "boat", "kind": "Boat", "listKind": "BoatList", "shortNames": ["bt"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": schema},
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.oars", "statusReplicasPath": ".status.oars"},
                },
                "additionalPrinterColumns": [{"name": "Oars", "type": "integer", "jsonPath": ".spec.oars"}],
            }
        ],
    },
}


def boat(object_name, **spec):
    return {"apiVersion": f"{group}/v1", "kind": "Boat", "metadata": {"name": object_name}, "spec": spec}


@case("a CustomResourceDefinition becomes established and is discovered")
def _(_namespace):
    extensions = client.ApiextensionsV1Api()
    extensions.create_custom_resource_definition(definition)

    def established():
        conditions = extensions.read_custom_resource_definition_status(definition["metadata"]["name"]).status.conditions
        return {"Established", "NamesAccepted"} <= {c.type for c in conditions or [] if c.status == "True"}

    eventually(established)
    names = eventually(lambda: {r.name for r in client.CustomObjectsApi().get_api_resources(group, "v1").resources})
    equal(names, {"boats", "boats/status", "boats/scale"})


@case("custom objects are created with defaults, read, listed, patched and deleted")
def _(namespace):
    custom = client.CustomObjectsApi()
    at = {**where, "namespace": namespace}
    made = custom.create_namespaced_custom_object(**at, body={**boat("skiff", oars=2), "unknown": 1})
    equal((made["spec"], made["metadata"]["generation"]), ({"oars": 2, "name": "unnamed"}, 1))
    assert "unknown" not in made
    patched = custom.patch_namespaced_custom_object(**at, name="skiff", body={"spec": {"oars": 4}})
    equal((patched["spec"]["oars"], patched["metadata"]["generation"]), (4, 2))
    equal([item["metadata"]["name"] for item in custom.list_namespaced_custom_object(**at)["items"]], ["skiff"])
    everywhere = custom.list_cluster_custom_object(**where)
    equal((everywhere["kind"], len(everywhere["items"])), ("BoatList", 1))


@case("schemas and rules refuse what does not fit")
def _(namespace):
    custom = client.CustomObjectsApi()
    at = {**where, "namespace": namespace}
    for body, words in (
        (boat("bad", oars=9), "spec.oars: Invalid value: 9: spec.oars in body should be less than or equal to 8"),
        (boat("bad"), "spec.oars: Required value"),
        (boat("bad", oars="two"), 'spec.oars: Invalid value: "string": spec.oars in body must be of type integer'),
        (boat("bad", oars=1, tags=["a", "a"]), 'spec.tags[1]: Duplicate value: "a"'),
        (boat("bad", oars=1, name="Titanic"), "that name is taken"),
    ):
        error = raises(ApiException, lambda: custom.create_namespaced_custom_object(**at, body=body), status=422)
        assert words in json.loads(error.body)["message"], error.body


@case("status and scale of custom objects are subresources")
def _(namespace):
    custom = client.CustomObjectsApi()
    at = {**where, "namespace": namespace, "name": "skiff"}
    both = {"spec": {"oars": 0}, "status": {"afloat": True}}
    written = custom.patch_namespaced_custom_object_status(**at, body=both)
    equal((written["spec"]["oars"], written["status"]), (4, {"afloat": True}))
    ignored = custom.patch_namespaced_custom_object(**at, body={"status": {"afloat": False}})
    equal(ignored["status"], {"afloat": True})
    custom.patch_namespaced_custom_object_scale(**at, body={"spec": {"replicas": 6}})
    equal(custom.get_namespaced_custom_object(**at)["spec"]["oars"], 6)


@case("custom objects are watched")
def _(namespace):
    custom = client.CustomObjectsApi()
    at = {**where, "namespace": namespace}
    version = custom.list_namespaced_custom_object(**at)["metadata"]["resourceVersion"]
    custom.create_namespaced_custom_object(**at, body=boat("canoe", oars=1))
    custom.delete_namespaced_custom_object(**at, name="canoe")
    seen = []
    for event in watch.Watch().stream(
        custom.list_namespaced_custom_object, **at, resource_version=version, timeout_seconds=20
    ):
        seen.append((event["type"], event["object"]["metadata"]["name"]))
        if event["type"] == "DELETED":
            break
    equal(seen, [("ADDED", "canoe"), ("DELETED", "canoe")])


@case("the definition takes its objects along")
def _(namespace):
    extensions = client.ApiextensionsV1Api()
    name = definition["metadata"]["name"]
    extensions.delete_custom_resource_definition(name)

    def gone():
        raises(ApiException, lambda: extensions.read_custom_resource_definition(name), status=404)
        return True

    eventually(gone)
    at = {**where, "namespace": namespace}
    raises(ApiException, lambda: client.CustomObjectsApi().list_namespaced_custom_object(**at), status=404)
