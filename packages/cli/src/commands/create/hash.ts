import { createHash } from 'node:crypto'
import { sortKeys } from '../../objects/json.ts'
import { goJSON } from '../../printers/json.ts'

const vowelless: Record<string, string> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' }

/** The ten letters that kubectl and kustomize append to a name for its content; without vowels, so that no word appears. */
export function contentHash(content: unknown): string {
  const digest = createHash('sha256')
    .update(goJSON(sortKeys(content), 0))
    .digest('hex')
  return digest.slice(0, 10).replace(/[013ae]/g, (letter) => vowelless[letter] ?? letter)
}
