package main

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
)

var _ = judge("typed apply creates, merges, conflicts, forces and removes", func(r *run) {
	maps := r.client.CoreV1().ConfigMaps(r.namespace)
	apply := func(manager string, force bool, data map[string]string) (*corev1.ConfigMap, error) {
		return maps.Apply(r.ctx, coreapply.ConfigMap("typed", r.namespace).WithData(data),
			metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	got(apply("first", false, map[string]string{"a": "1", "b": "1"}))
	_, err := apply("second", false, map[string]string{"a": "2", "c": "2"})
	equal(apierrors.IsConflict(err), true)
	equal(err.Error(), `Apply failed with 1 conflict: conflict with "first": .data.a`)
	forced := got(apply("second", true, map[string]string{"a": "2", "c": "2"}))
	equal(forced.Data["a"]+forced.Data["b"]+forced.Data["c"], "212")
	left := got(apply("first", false, nil))
	equal(len(left.Data), 2)
	equal(left.Data["b"], "")
})

var _ = judge("what a manager applied is extracted from the object", func(r *run) {
	labels := map[string]string{"app": "extracted"}
	container := coreapply.Container().WithName("hello").WithImage("wherry/hello").
		WithPorts(coreapply.ContainerPort().WithContainerPort(8080))
	pod := coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().WithContainers(container))
	spec := appsapply.DeploymentSpec().WithReplicas(0).WithTemplate(pod).
		WithSelector(metaapply.LabelSelector().WithMatchLabels(labels))
	deployments := r.client.AppsV1().Deployments(r.namespace)
	options := metav1.ApplyOptions{FieldManager: "extractor"}
	made := got(deployments.Apply(r.ctx, appsapply.Deployment("extracted", r.namespace).WithSpec(spec), options))
	mine := got(appsapply.ExtractDeployment(made, "extractor"))
	equal(*mine.Spec.Replicas, 0)
	equal(len(mine.Spec.Template.Spec.Containers), 1)
	equal(mine.Spec.Template.Spec.Containers[0].ImagePullPolicy == nil, true)
	mine.Spec.Template.Spec.Containers[0].WithEnv(coreapply.EnvVar().WithName("A").WithValue("1"))
	again := got(deployments.Apply(r.ctx, mine, options))
	equal(again.Spec.Template.Spec.Containers[0].Env[0].Value, "1")
	must(deployments.Delete(r.ctx, "extracted", metav1.DeleteOptions{}))
})

var _ = judge("status is applied and owned apart from the rest", func(r *run) {
	namespaces := r.client.CoreV1().Namespaces()
	condition := coreapply.NamespaceCondition().WithType("Judged").WithStatus("True").WithReason("Judge").WithMessage("well")
	status := coreapply.Namespace(r.namespace).WithStatus(coreapply.NamespaceStatus().WithConditions(condition))
	applied := got(namespaces.ApplyStatus(r.ctx, status, metav1.ApplyOptions{FieldManager: "judge-status"}))
	equal(string(applied.Status.Conditions[0].Type), "Judged")
	for _, entry := range applied.ManagedFields {
		if entry.Manager == "judge-status" {
			equal(entry.Subresource+" "+string(entry.Operation), "status Apply")
			equal(strings.Contains(string(entry.FieldsV1.Raw), `k:{\"type\":\"Judged\"}`), true)
			return
		}
	}
	failf("no entry of judge-status in %v", applied.ManagedFields)
})
