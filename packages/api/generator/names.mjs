/**
 * `io.k8s.api.core.v1.Pod` and `k8s.io.api.core.v1.Pod` are both `api.core.v1.Pod` in the tables. Names of protobuf
 * packages have no hyphens: `kube_aggregator` is `kube-aggregator`.
 */
export const typeName = (name) =>
  name.replace(/^\.?(io\.k8s|k8s\.io)\./, '').replace(/^[a-z]+_[a-z]+\./, (folder) => folder.replace('_', '-'))

/** The type that a `$ref` points at. */
export const refName = (ref) => typeName(ref.replace('#/definitions/', ''))

/** Types that have a wire form of their own instead of fields. */
const scalars = {
  'apimachinery.pkg.apis.meta.v1.Time': 'Time',
  'apimachinery.pkg.apis.meta.v1.MicroTime': 'MicroTime',
  'apimachinery.pkg.apis.meta.v1.Duration': 'Duration',
  'apimachinery.pkg.api.resource.Quantity': 'Quantity',
  'apimachinery.pkg.util.intstr.IntOrString': 'IntOrString',
  'apimachinery.pkg.runtime.RawExtension': 'RawExtension',
  'apimachinery.pkg.apis.meta.v1.FieldsV1': 'FieldsV1',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': 'JSON',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': 'JSONSchemaPropsOrArray',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': 'JSONSchemaPropsOrBool',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': 'JSONSchemaPropsOrStringArray',
}
export const scalarOf = (name) => scalars[name]
