import type { PodTemplateSpec } from '@wherry/api'
import { type DeepReadonly, semanticEqual, stableStringify } from '@wherry/apimachinery'

/** The label that tells the pods of one ReplicaSet of a Deployment from those of the others. */
export const podTemplateHashLabel = 'pod-template-hash'

type Template = DeepReadonly<PodTemplateSpec>

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short name for a pod template: FNV-1a over its canonical JSON and the collision count, written with letters that
 * spell no words. The value need not be upstream's (clients only compare it), its form is.
 */
export function podTemplateHash(template: Template, collisionCount = 0): string {
  const bytes = new TextEncoder().encode(stableStringify(template))
  let hash = 0x811c9dc5
  const add = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  for (const byte of bytes) add(byte)
  if (collisionCount > 0) for (let shift = 0; shift < 32; shift += 8) add((collisionCount >>> shift) & 0xff)
  return safeEncode(String(hash))
}

/** As upstream's `rand.SafeEncodeString`. */
function safeEncode(text: string): string {
  return [...text].map((char) => alphabet[char.charCodeAt(0) % alphabet.length]).join('')
}

/** Whether two templates make the same pods, whatever their hash labels say. As `EqualIgnoreHash`. */
export function sameTemplate(a: Template | undefined, b: Template | undefined): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b))
}

function withoutHash(template: Template | undefined): Template | undefined {
  if (template?.metadata?.labels?.[podTemplateHashLabel] === undefined) return template
  const { [podTemplateHashLabel]: _, ...labels } = template.metadata.labels
  return { ...template, metadata: { ...template.metadata, labels } }
}
