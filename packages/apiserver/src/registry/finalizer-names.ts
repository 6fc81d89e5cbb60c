import type { ObjectMeta } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid } from '@wherry/apimachinery'
import type { ResourceDefinition } from './resource.ts'

const standard = ['kubernetes', 'orphan', 'foregroundDeletion']
/** Groups that upstream serves with its generic rules alone, as it does custom resources. */
const generic = ['admissionregistration.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io']

/** Finalizers without a domain are Kubernetes' own. As pkg/apis/core/validation `validateKubeFinalizerName`. */
export function validateFinalizerNames(
  { kind, schema }: ResourceDefinition,
  { finalizers }: DeepReadonly<ObjectMeta>,
): FieldError[] {
  if (!finalizers || schema || generic.includes(kind.group)) return []
  return finalizers.flatMap((name, i) => {
    if (name.includes('/') || standard.includes(name)) return []
    const detail = 'name is neither a standard finalizer name nor is it fully qualified'
    return [fieldInvalid(`metadata.finalizers[${i}]`, name, detail)]
  })
}
