package main

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

var schemeOfClient = scheme.Scheme

// recorderSink writes the events of the older recorder.
type recorderSink struct{ r *run }

func (s *recorderSink) Create(event *corev1.Event) (*corev1.Event, error) {
	return s.r.client.CoreV1().Events(s.r.namespace).CreateWithEventNamespaceWithContext(s.r.ctx, event)
}

func (s *recorderSink) Update(event *corev1.Event) (*corev1.Event, error) {
	return s.r.client.CoreV1().Events(s.r.namespace).UpdateWithEventNamespaceWithContext(s.r.ctx, event)
}

func (s *recorderSink) Patch(event *corev1.Event, patch []byte) (*corev1.Event, error) {
	return s.r.client.CoreV1().Events(s.r.namespace).PatchWithEventNamespaceWithContext(s.r.ctx, event, patch)
}
