"""Typed calls: one class of the client for each group, models in and out."""

import base64
import json
import threading
import uuid

from harness import case, equal, eventually, raises
from kubernetes import client, utils
from kubernetes.client.rest import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock


def body_of(error):
    return json.loads(error.body)


@case("the version is that of Kubernetes 1.36")
def _(_namespace):
    version = client.VersionApi().get_code()
    equal((version.major, version.minor), ("1", "36"))


@case("groups, versions and resources are discovered")
def _(_namespace):
    groups = {group.name: group.preferred_version.version for group in client.ApisApi().get_api_versions().groups}
    for name in ("apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io", "apiextensions.k8s.io"):
        equal(groups[name], "v1")
    resources = {resource.name: resource for resource in client.CoreV1Api().get_api_resources().resources}
    equal(resources["pods"].short_names, ["po"])
    assert "pods/exec" in resources


@case("a ConfigMap is created, read, replaced, patched and deleted")
def _(namespace):
    core = client.CoreV1Api()
    made = core.create_namespaced_config_map(
        namespace,
        client.V1ConfigMap(
            metadata=client.V1ObjectMeta(name="crud", labels={"app": "a"}),
            data={"k": "v"},
            binary_data={"b": base64.b64encode(b"\x00\xff").decode()},
        ),
    )
    assert made.metadata.uid and made.metadata.creation_timestamp.tzinfo
    made.data["k"] = "w"
    replaced = core.replace_namespaced_config_map("crud", namespace, made)
    assert int(replaced.metadata.resource_version) > int(made.metadata.resource_version)
    patched = core.patch_namespaced_config_map("crud", namespace, {"data": {"k": None, "n": "1"}})
    equal(patched.data, {"n": "1"})
    equal(core.read_namespaced_config_map("crud", namespace).binary_data, {"b": "AP8="})
    status = core.delete_namespaced_config_map("crud", namespace)
    equal((status.status, status.details.name), ("Success", "crud"))


@case("a stale replace is a Conflict, and a retry with the new object succeeds")
def _(namespace):
    core = client.CoreV1Api()
    first = core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata={"name": "stale"}, data={"n": "0"}))
    core.patch_namespaced_config_map("stale", namespace, {"data": {"n": "1"}})
    first.data = {"n": "2"}
    error = raises(
        ApiException, lambda: core.replace_namespaced_config_map("stale", namespace, first), status=409, reason="Conflict"
    )
    equal(
        body_of(error)["message"],
        'Operation cannot be fulfilled on configmaps "stale": the object has been modified; '
        "please apply your changes to the latest version and try again",
    )
    fresh = core.read_namespaced_config_map("stale", namespace)
    fresh.data = {"n": "2"}
    equal(core.replace_namespaced_config_map("stale", namespace, fresh).data, {"n": "2"})


@case("errors carry a Status with reason, code, details and causes")
def _(namespace):
    core = client.CoreV1Api()
    missing = body_of(raises(ApiException, lambda: core.read_namespaced_pod("none", namespace), status=404))
    equal(missing["message"], 'pods "none" not found')
    equal((missing["kind"], missing["reason"], missing["code"]), ("Status", "NotFound", 404))
    equal(missing["details"], {"name": "none", "kind": "pods"})
    service = {"metadata": {"name": "Bad_Name"}, "spec": {"ports": [{"port": 70000}]}}
    invalid = body_of(raises(ApiException, lambda: core.create_namespaced_service(namespace, service), status=422))
    equal(invalid["reason"], "Invalid")
    fields = {cause["field"] for cause in invalid["details"]["causes"]}
    assert {"metadata.name", "spec.ports[0].port"} <= fields, fields
    again = client.V1ConfigMap(metadata={"name": "kube-root-ca.crt"})
    eventually(lambda: core.read_namespaced_config_map("kube-root-ca.crt", namespace))
    exists = body_of(raises(ApiException, lambda: core.create_namespaced_config_map(namespace, again), status=409))
    equal(exists["reason"], "AlreadyExists")


@case("a generated name gets a suffix")
def _(namespace):
    made = client.CoreV1Api().create_namespaced_config_map(
        namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(generate_name="made-"))
    )
    assert len(made.metadata.name) == len("made-") + 5 and made.metadata.name.startswith("made-")


@case("lists are paged, selected and counted")
def _(namespace):
    core = client.CoreV1Api()
    for number in range(7):
        core.create_namespaced_config_map(
            namespace, client.V1ConfigMap(metadata={"name": f"page-{number}", "labels": {"page": str(number % 2)}})
        )
    names, token = [], None
    while True:
        page = core.list_namespaced_config_map(namespace, limit=3, _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
        assert page.metadata.remaining_item_count > 0
    equal([name for name in names if name.startswith("page-")], [f"page-{number}" for number in range(7)])
    equal(len(core.list_namespaced_config_map(namespace, label_selector="page in (1)").items), 3)
    equal(len(core.list_namespaced_config_map(namespace, field_selector="metadata.name=page-4").items), 1)
    error = raises(ApiException, lambda: core.list_namespaced_config_map(namespace, field_selector="data.x=1"), status=400)
    assert '"data.x" is not a known field selector' in body_of(error)["message"], error.body


@case("deletecollection deletes what a selector names")
def _(namespace):
    core = client.CoreV1Api()
    for number in range(3):
        core.create_namespaced_secret(
            namespace, client.V1Secret(metadata={"name": f"gone-{number}", "labels": {"gone": "yes"}}, string_data={"a": "b"})
        )
    equal(core.list_namespaced_secret(namespace, label_selector="gone=yes").items[0].data, {"a": "Yg=="})
    core.delete_collection_namespaced_secret(namespace, label_selector="gone=yes")
    equal(core.list_namespaced_secret(namespace, label_selector="gone=yes").items, [])


@case("a dry run changes nothing and shows the defaults")
def _(namespace):
    apps = client.AppsV1Api()
    shown = apps.create_namespaced_deployment(namespace, deployment("dry", 1), dry_run="All")
    equal(shown.spec.strategy.rolling_update.max_surge, "25%")
    equal(shown.spec.template.spec.termination_grace_period_seconds, 30)
    raises(ApiException, lambda: apps.read_namespaced_deployment("dry", namespace), status=404)


@case("unknown fields are refused where the caller asks for strictness")
def _(namespace):
    core = client.CoreV1Api()
    body = {"metadata": {"name": "strict"}, "dta": {"a": "b"}}
    error = raises(
        ApiException, lambda: core.create_namespaced_config_map(namespace, body, field_validation="Strict"), status=400
    )
    assert 'strict decoding error: unknown field "dta"' in body_of(error)["message"], error.body
    core.create_namespaced_config_map(namespace, body, field_validation="Warn")


def deployment(name, replicas):
    labels = {"app": name}
    return client.V1Deployment(
        metadata=client.V1ObjectMeta(name=name, labels=labels),
        spec=client.V1DeploymentSpec(
            replicas=replicas,
            selector=client.V1LabelSelector(match_labels=labels),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels=labels),
                spec=client.V1PodSpec(
                    containers=[
                        client.V1Container(
                            name="hello",
                            image="wherry/hello",
                            ports=[client.V1ContainerPort(container_port=8080, name="http")],
                            resources=client.V1ResourceRequirements(requests={"cpu": "10m", "memory": "8Mi"}),
                            readiness_probe=client.V1Probe(
                                http_get=client.V1HTTPGetAction(path="/", port="http"), period_seconds=1
                            ),
                        )
                    ]
                ),
            ),
        ),
    )


@case("a Deployment becomes ready, scales through /scale, and takes strategic, merge and JSON patches")
def _(namespace):
    apps = client.AppsV1Api()
    apps.create_namespaced_deployment(namespace, deployment("web", 1))
    eventually(lambda: apps.read_namespaced_deployment_status("web", namespace).status.ready_replicas == 1)
    scale = apps.read_namespaced_deployment_scale("web", namespace)
    equal((scale.spec.replicas, scale.status.selector), (1, "app=web"))
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 2}})
    eventually(lambda: apps.read_namespaced_deployment("web", namespace).status.ready_replicas == 2)
    container = {"name": "hello", "env": [{"name": "A", "value": "1"}]}
    strategic = apps.patch_namespaced_deployment(
        "web", namespace, {"spec": {"template": {"spec": {"containers": [container]}}}}
    )
    equal(strategic.spec.template.spec.containers[0].image, "wherry/hello")
    json_patch = [{"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "replace", "path": "/spec/replicas", "value": 1}]
    equal(apps.patch_namespaced_deployment("web", namespace, json_patch).spec.replicas, 1)
    raises(ApiException, lambda: apps.patch_namespaced_deployment("web", namespace, json_patch), status=422)
    apps.delete_namespaced_deployment("web", namespace, propagation_policy="Foreground")
    eventually(lambda: not apps.list_namespaced_replica_set(namespace, label_selector="app=web").items)


@case("a Job runs to completion and counts its pods")
def _(namespace):
    batch = client.BatchV1Api()
    template = client.V1PodTemplateSpec(
        spec=client.V1PodSpec(
            restart_policy="Never",
            containers=[client.V1Container(name="main", image="any", command=["sh", "-c", "echo $JOB_COMPLETION_INDEX"])],
        )
    )
    batch.create_namespaced_job(
        namespace,
        client.V1Job(
            metadata={"name": "count"},
            spec=client.V1JobSpec(completions=2, parallelism=2, completion_mode="Indexed", template=template),
        ),
    )
    done = eventually(
        lambda: [
            job
            for job in [batch.read_namespaced_job_status("count", namespace)]
            if any(condition.type == "Complete" and condition.status == "True" for condition in job.status.conditions or [])
        ]
    )[0]
    equal((done.status.succeeded, done.status.completed_indexes), (2, "0,1"))
    batch.delete_namespaced_job("count", namespace, propagation_policy="Background")


@case("objects of many groups are created, listed and deleted through their own classes")
def _(namespace):
    selector = {"matchLabels": {"app": "x"}}
    name = f"python-{uuid.uuid4().hex[:6]}"
    namespaced = [
        (client.CoreV1Api(), "service_account", {}),
        (client.CoreV1Api(), "persistent_volume_claim", {"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "none", "resources": {"requests": {"storage": "1Gi"}}}}),
        (client.CoreV1Api(), "limit_range", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "4"}}]}}),
        (client.CoreV1Api(), "resource_quota", {"spec": {"hard": {"pods": "50"}}}),
        (client.CoreV1Api(), "pod_template", {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}),
        (client.NetworkingV1Api(), "network_policy", {"spec": {"podSelector": selector, "policyTypes": ["Ingress"]}}),
        (client.NetworkingV1Api(), "ingress", {"spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}),
        (client.PolicyV1Api(), "pod_disruption_budget", {"spec": {"minAvailable": 1, "selector": selector}}),
        (client.AutoscalingV2Api(), "horizontal_pod_autoscaler", {"spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}}}),
        (client.AutoscalingV1Api(), "horizontal_pod_autoscaler", {"spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}}}),
        (client.RbacAuthorizationV1Api(), "role", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
        (client.RbacAuthorizationV1Api(), "role_binding", {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}}),
        (client.CoordinationV1Api(), "lease", {"spec": {"holderIdentity": "me", "renewTime": "2026-01-01T00:00:00.000001Z"}}),
        (client.DiscoveryV1Api(), "endpoint_slice", {"addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": []}),
        (client.BatchV1Api(), "cron_job", {"spec": {"suspend": True, "schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}}}),
        (client.AppsV1Api(), "controller_revision", {"revision": 1, "data": {"a": 1}}),
    ]
    for api, kind, fields in namespaced:
        made = getattr(api, f"create_namespaced_{kind}")(namespace, {"metadata": {"name": name}, **fields})
        equal(made.metadata.name, name)
        listed = getattr(api, f"list_namespaced_{kind}")(namespace)
        assert name in [item.metadata.name for item in listed.items], kind
        getattr(api, f"delete_namespaced_{kind}")(name, namespace)
    cluster = [
        (client.CoreV1Api(), "persistent_volume", {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp/x"}}}),
        (client.RbacAuthorizationV1Api(), "cluster_role", {"rules": []}),
        (client.RbacAuthorizationV1Api(), "cluster_role_binding", {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"}}),
        (client.StorageV1Api(), "storage_class", {"provisioner": "example.com/none"}),
        (client.SchedulingV1Api(), "priority_class", {"value": 7}),
        (client.NodeV1Api(), "runtime_class", {"handler": "runc"}),
        (client.NetworkingV1Api(), "ingress_class", {"spec": {"controller": "example.com/none"}}),
        (client.AdmissionregistrationV1Api(), "validating_webhook_configuration", {}),
    ]
    for api, kind, fields in cluster:
        equal(getattr(api, f"create_{kind}")({"metadata": {"name": name}, **fields}).metadata.name, name)
        assert name in [item.metadata.name for item in getattr(api, f"list_{kind}")().items], kind
        getattr(api, f"delete_{kind}")(name)


@case("an event of events.k8s.io is read as one of core, and the other way round")
def _(namespace):
    body = {
        "metadata": {"name": "seen"},
        "eventTime": "2026-01-01T00:00:00.000001Z",
        "reportingController": "example.com/judge",
        "reportingInstance": "one",
        "action": "Judging",
        "reason": "Seen",
        "type": "Normal",
        "note": "hello",
        "regarding": {"kind": "ConfigMap", "namespace": namespace, "name": "x"},
    }
    client.EventsV1Api().create_namespaced_event(namespace, body)
    core = client.CoreV1Api().read_namespaced_event("seen", namespace)
    equal((core.message, core.involved_object.name, core.reporting_component), ("hello", "x", "example.com/judge"))


@case("tokens are issued and reviewed, and access is reviewed for others and for oneself")
def _(namespace):
    core = client.CoreV1Api()
    core.create_namespaced_service_account(namespace, {"metadata": {"name": "robot"}})
    request = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=3600))
    token = core.create_namespaced_service_account_token("robot", namespace, request).status.token
    review = client.AuthenticationV1Api().create_token_review({"spec": {"token": token}})
    equal((review.status.authenticated, review.status.user.username), (True, f"system:serviceaccount:{namespace}:robot"))
    attributes = {"namespace": namespace, "verb": "get", "resource": "pods"}
    access = client.AuthorizationV1Api().create_subject_access_review(
        {"spec": {"user": review.status.user.username, "resourceAttributes": attributes}}
    )
    equal(access.status.allowed, False)
    mine = client.AuthorizationV1Api().create_self_subject_access_review({"spec": {"resourceAttributes": attributes}})
    equal(mine.status.allowed, True)
    configuration = client.Configuration.get_default_copy()
    configuration.cert_file = configuration.key_file = None
    configuration.api_key = {"authorization": f"Bearer {token}"}
    robot = client.ApiClient(configuration)
    me = client.AuthenticationV1Api(robot).create_self_subject_review({})
    equal(me.status.user_info.username, review.status.user.username)
    forbidden = raises(ApiException, lambda: client.CoreV1Api(robot).list_namespaced_pod(namespace), status=403)
    equal(
        body_of(forbidden)["message"],
        f'pods is forbidden: User "{review.status.user.username}" cannot list resource "pods" in API group "" '
        f'in the namespace "{namespace}"',
    )


@case("a pod is evicted through its subresource")
def _(namespace):
    core = client.CoreV1Api()
    core.create_namespaced_pod(
        namespace,
        {"metadata": {"name": "evicted"}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": "wherry/hello"}]}},
    )
    core.create_namespaced_pod_eviction("evicted", namespace, client.V1Eviction(metadata={"name": "evicted"}))

    def gone():
        raises(ApiException, lambda: core.read_namespaced_pod("evicted", namespace), status=404)
        return True

    eventually(gone)


@case("create_from_yaml makes what several documents say")
def _(namespace):
    document = lambda name: {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    utils.create_from_yaml(client.ApiClient(), yaml_objects=[document("one"), document("two")], namespace=namespace)
    error = raises(
        utils.FailToCreateError,
        lambda: utils.create_from_yaml(client.ApiClient(), yaml_objects=[document("two")], namespace=namespace),
    )
    equal(error.api_exceptions[0].status, 409)


@case("server-side apply owns fields and refuses to take those of others")
def _(namespace):
    def apply(data, manager, force="false"):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": data}
        return client.ApiClient().call_api(
            f"/api/v1/namespaces/{namespace}/configmaps/applied",
            "PATCH",
            query_params=[("fieldManager", manager), ("force", force)],
            header_params={"Content-Type": "application/apply-patch+yaml", "Accept": "application/json"},
            body=body,
            response_type="V1ConfigMap",
            auth_settings=["BearerToken"],
            _return_http_data_only=True,
        )

    apply({"a": "1", "b": "1"}, "first")
    error = raises(ApiException, lambda: apply({"a": "2"}, "second"), status=409)
    status = body_of(error)
    equal(status["message"], 'Apply failed with 1 conflict: conflict with "first": .data.a')
    equal(status["details"]["causes"], [{"reason": "FieldManagerConflict", "message": 'conflict with "first"', "field": ".data.a"}])
    equal(apply({"a": "2"}, "second", "true").data, {"a": "2", "b": "1"})
    equal(apply({}, "first").data, {"a": "2"})


@case("a lock on a ConfigMap elects one leader")
def _(namespace):
    won = threading.Event()
    settings = electionconfig.Config(
        ConfigMapLock("election", namespace, "candidate-1"),
        lease_duration=6,
        renew_deadline=4,
        retry_period=1,
        onstarted_leading=won.set,
        onstopped_leading=lambda: None,
    )
    threading.Thread(target=leaderelection.LeaderElection(settings).run, daemon=True).start()
    assert won.wait(20)
    annotations = client.CoreV1Api().read_namespaced_config_map("election", namespace).metadata.annotations
    equal(json.loads(annotations["control-plane.alpha.kubernetes.io/leader"])["holderIdentity"], "candidate-1")
