import { goJSON } from '../printers/json.ts'
import { sortKeys, type Unstructured } from './json.ts'

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** What apply keeps of a configuration: the object without the annotation itself, keys in order, and a newline. */
export function lastAppliedText(object: Unstructured): string {
  const { [lastAppliedAnnotation]: _kept, ...annotations } = object.metadata.annotations ?? {}
  return `${goJSON(sortKeys({ ...object, metadata: { ...object.metadata, annotations } }), 0)}\n`
}

/** An object that a command has made, with its own configuration in the annotation: members stay as they were made. */
export function withMadeConfiguration(object: Unstructured): Unstructured {
  const annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: `${goJSON(object, 0)}\n` }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** The object with its own configuration in the annotation. */
export function withLastApplied(object: Unstructured): Unstructured {
  const annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: lastAppliedText(object) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
