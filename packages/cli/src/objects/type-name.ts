import { resources } from '@wherry/api'
import type { Resource } from '../access/discovery.ts'

/** The kind's entry in the field table, where it is one of Kubernetes' own: its patches can then be strategic. */
export function typeNameOf(kind: Resource): string | undefined {
  return resources.find(
    (known) => known.group === kind.group && known.version === kind.version && known.kind === kind.kind,
  )?.typeName
}
