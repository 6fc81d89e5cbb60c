package main

import (
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/util/retry"
)

func (r *run) discovery() discovery.DiscoveryInterface { return r.json.Discovery() }

func (r *run) mapper() *restmapper.DeferredDiscoveryRESTMapper {
	return restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(r.discovery()))
}

var _ = judge("discovery names every group, preferred versions, verbs and categories", func(r *run) {
	equal(got(r.discovery().ServerVersion()).GitVersion[:6], "v1.36.")
	groups, lists, err := r.discovery().ServerGroupsAndResources()
	must(err)
	equal(len(groups) > 15 && len(lists) > 15, true)
	preferred := got(discovery.ServerPreferredResources(r.discovery()))
	found := map[string]string{}
	for _, list := range preferred {
		for _, resource := range list.APIResources {
			found[resource.Name] = list.GroupVersion + " " + strings.Join(resource.Categories, ",")
		}
	}
	equal(found["deployments"], "apps/v1 all")
	equal(found["horizontalpodautoscalers"], "autoscaling/v2 all")
})

var _ = judge("a mapper finds resources by kind, by plural and by short name", func(r *run) {
	mapping := got(r.mapper().RESTMapping(schema.GroupKind{Group: "apps", Kind: "StatefulSet"}))
	equal(mapping.Resource.String(), "apps/v1, Resource=statefulsets")
	equal(got(r.mapper().KindFor(schema.GroupVersionResource{Resource: "leases"})).Kind, "Lease")
	short := restmapper.NewShortcutExpander(r.mapper(), r.discovery(), func(string) {})
	equal(got(short.KindFor(schema.GroupVersionResource{Resource: "netpol"})).Kind, "NetworkPolicy")
})

var _ = judge("OpenAPI is read as protobuf of v2 and as documents of v3", func(r *run) {
	document := got(r.discovery().OpenAPISchema())
	equal(len(document.Definitions.AdditionalProperties) > 500, true)
	paths := got(r.discovery().OpenAPIV3().Paths())
	text := got(paths["apis/apps/v1"].Schema("application/json"))
	var parsed struct {
		Components struct{ Schemas map[string]any }
	}
	must(json.Unmarshal(text, &parsed))
	equal(parsed.Components.Schemas["io.k8s.api.apps.v1.Deployment"] != nil, true)
})

var _ = judge("the dynamic client does what the typed one does", func(r *run) {
	resource := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	objects := dynamic.NewForConfigOrDie(r.config).Resource(resource).Namespace(r.namespace)
	labels := map[string]any{"app": "loose"}
	container := map[string]any{"name": "c", "image": "wherry/hello"}
	made := got(objects.Create(r.ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "loose"},
		"spec": map[string]any{
			"replicas": int64(0), "selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{container}}},
		},
	}}, metav1.CreateOptions{}))
	// The Deployment's controller writes its status meanwhile.
	must(retry.RetryOnConflict(retry.DefaultRetry, func() error {
		made = got(objects.Get(r.ctx, "loose", metav1.GetOptions{}))
		must(unstructured.SetNestedField(made.Object, int64(1), "spec", "replicas"))
		updated, err := objects.Update(r.ctx, made, metav1.UpdateOptions{})
		if err == nil {
			equal(updated.GetGeneration(), 2)
		}
		return err
	}))
	equal(r.scaleOf(resource, "loose", 0), 0)
	equal(len(got(objects.List(r.ctx, metav1.ListOptions{FieldSelector: "metadata.name=loose"})).Items), 1)
	must(objects.Delete(r.ctx, "loose", metav1.DeleteOptions{}))
})

// scaleOf sets and reads a scale, of whichever version the resource has.
func (r *run) scaleOf(resource schema.GroupVersionResource, name string, replicas int32) int32 {
	kinds := scale.NewDiscoveryScaleKindResolver(r.discovery())
	client := got(scale.NewForConfig(r.config, r.mapper(), dynamic.LegacyAPIPathResolverFunc, kinds))
	scales := client.Scales(r.namespace)
	var is int32
	must(retry.RetryOnConflict(retry.DefaultRetry, func() error {
		have := got(scales.Get(r.ctx, resource.GroupResource(), name, metav1.GetOptions{}))
		have.Spec.Replicas = replicas
		scaled, err := scales.Update(r.ctx, resource.GroupResource(), have, metav1.UpdateOptions{})
		if err == nil {
			is = scaled.Spec.Replicas
		}
		return err
	}))
	return is
}

// defineBoats defines a resource of a group of its own, and waits until it is served.
func (r *run) defineBoats() (boats schema.GroupVersionResource, remove func()) {
	group := "go-" + rand.String(5) + ".example.com"
	typeOf := func(name string) map[string]any { return map[string]any{"type": name} }
	spec := map[string]any{"type": "object", "properties": map[string]any{
		"oars": typeOf("integer"), "name": map[string]any{"type": "string", "default": "unnamed"},
	}}
	status := map[string]any{"type": "object", "properties": map[string]any{"oars": typeOf("integer")}}
	root := map[string]any{"type": "object", "properties": map[string]any{"spec": spec, "status": status}}
	definition := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": "boats." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced",
			"names": map[string]any{"plural": "boats", "kind": "Boat"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": root},
				"subresources": map[string]any{"status": map[string]any{}, "scale": map[string]any{
					"specReplicasPath": ".spec.oars", "statusReplicasPath": ".status.oars",
				}},
			}},
		},
	}}
	definitions := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	client := dynamic.NewForConfigOrDie(r.config).Resource(definitions)
	got(client.Create(r.ctx, definition, metav1.CreateOptions{}))
	boats = schema.GroupVersionResource{Group: group, Version: "v1", Resource: "boats"}
	eventually("boats are served", func() bool {
		list, err := r.discovery().ServerResourcesForGroupVersion(boats.GroupVersion().String())
		return err == nil && len(list.APIResources) == 3
	})
	return boats, func() { must(client.Delete(r.ctx, definition.GetName(), metav1.DeleteOptions{})) }
}
