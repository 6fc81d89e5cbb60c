import { typeInfo } from '@wherry/api'

/** Groups whose Go package is not the first part of their name. */
const packages: Readonly<Record<string, string>> = {
  '': 'api.core',
  'internal.apiserver.k8s.io': 'api.apiserverinternal',
  'apiextensions.k8s.io': 'apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'kube-aggregator.pkg.apis.apiregistration',
}

/** The field table's name of a kind, or undefined where it holds none. Kinds of meta/v1 exist in every group. */
export function messageTypeOf(apiVersion: string, kind: string): string | undefined {
  // Frames of a watch stream carry no kind of their own.
  if (apiVersion === '' && kind === '') return 'apimachinery.pkg.apis.meta.v1.WatchEvent'
  const slash = apiVersion.lastIndexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const version = apiVersion.slice(slash + 1)
  const folder = packages[group] ?? `api.${group.split('.')[0]}`
  return [`${folder}.${version}.${kind}`, `apimachinery.pkg.apis.meta.v1.${kind}`].find((name) => typeInfo(name))
}
