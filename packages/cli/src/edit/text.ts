import { findStatusError, toYAML } from '@wherry/apimachinery'
import { messageOf } from '../errors.ts'
import { sortKeys } from '../objects/json.ts'
import { goJSON } from '../printers/json.ts'

const intro = [
  "Please edit the object below. Lines beginning with a '#' will be ignored,",
  'and an empty file will abort the edit. If an error occurs while saving this file will be',
  'reopened with the relevant failures.',
  '',
]

/** What the editor shows: what to do, what was wrong last time, and the object. */
export function editText(object: unknown, format: 'yaml' | 'json', failures: readonly string[] = []): string {
  const comments = [
    ...intro,
    ...failures.flatMap((failure) => failure.split('\n')),
    ...(failures.length > 0 ? [''] : []),
  ]
  const body = format === 'json' ? `${goJSON(object)}\n` : toYAML(sortKeys(object))
  return `${comments.map((line) => (line === '' ? '#\n' : `# ${line}\n`)).join('')}${body}`
}

/** The text without the comments. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
}

/** Why an edit was refused, for the comments above it. */
export function failureText(error: unknown, what: string): string {
  const status = findStatusError(error)
  const causes = status?.status.details?.causes ?? []
  if (status && causes.length > 0) {
    const lines = causes.map(({ field, message = '' }) => `* ${field ? `${field}: ` : ''}${message}`)
    return `${what} was not valid:\n${lines.join('\n')}`
  }
  return `${what} could not be patched: ${messageOf(error)}`
}
