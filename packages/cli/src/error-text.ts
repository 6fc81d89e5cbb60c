import { findStatusError, isInvalid, isUnauthorized, type StatusError } from '@wherry/apimachinery'
import { ConnectionError, InvalidConfiguration, isConnectionRefused } from '@wherry/client'
import { CommandError, ErrorList, ExitError, messageOf, PlainError, UsageError } from './errors.ts'

/** What a failed command prints, and its exit code. */
export interface Failure {
  text: string
  code: number
}

/** A thrown value as kubectl shows it (cmd/util/helpers.go, `checkErr`). `commandPath` is such as `wherry get`. */
export function failureOf(error: unknown, commandPath: string): Failure {
  if (error instanceof ExitError) return { text: error.message, code: error.code }
  if (error instanceof ErrorList) return { text: error.errors.map(oneOf).join('\n'), code: 1 }
  if (error instanceof UsageError) {
    return { text: `${withPrefix(error.message)}\nSee '${commandPath} -h' for help and examples`, code: 1 }
  }
  const invalid = isInvalid(error) ? invalidText(error) : undefined
  if (invalid !== undefined) return { text: invalid, code: 1 }
  return { text: standardText(error) ?? withPrefix(messageOf(error)), code: 1 }
}

function withPrefix(message: string): string {
  return message.startsWith('error: ') ? message : `error: ${message}`
}

function oneOf(error: unknown): string {
  return standardText(error) ?? messageOf(error)
}

function standardText(error: unknown): string | undefined {
  if (error instanceof PlainError) return error.message
  if (error instanceof CommandError) return undefined
  const status = error instanceof Error && error.name === 'StatusError' ? findStatusError(error) : undefined
  if (status) return statusText(status)
  if (error instanceof ConnectionError) {
    const { host } = new URL(error.url)
    if (isConnectionRefused(error)) {
      return `The connection to the server ${host} was refused - did you specify the right host or port?`
    }
    return `Unable to connect to the server: ${error.reason}`
  }
  if (error instanceof InvalidConfiguration) return configurationText(error.problems)
  return undefined
}

/** One problem is told by itself, unless it is that of a context; several are listed. */
function configurationText(problems: readonly string[]): string {
  const [only = ''] = problems
  if (problems.length > 1) return `Error in configuration: \n${problems.map((problem) => `* ${problem}`).join('\n')}`
  return only.startsWith('context was not found') ? `Error in configuration: ${only}` : `error: ${only}`
}

function statusText(error: StatusError): string {
  if (isUnauthorized(error)) return `error: You must be logged in to the server (${error.message})`
  return error.reason === ''
    ? `Error from server: ${error.message}`
    : `Error from server (${error.reason}): ${error.message}`
}

/** The causes of a refused object, one to a line where there are several. */
function invalidText(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'StatusError') return undefined
  const status = findStatusError(error)
  const details = status?.status.details
  if (!status || !details) return undefined
  if (!details.kind && !details.name && !details.causes?.length) return `The request is invalid: ${status.message}`
  const subject = `The ${details.kind ?? ''} "${details.name ?? ''}" is invalid`
  const head = !details.kind && !details.name ? 'The request is invalid' : subject
  const causes = (details.causes ?? []).map(({ field, message = '' }) => (field ? `${field}: ${message}` : message))
  const distinct = [...new Set(causes)]
  if (distinct.length === 0) return head
  if (distinct.length === 1) return `${head}: ${distinct[0]}`
  return `${head}: \n${distinct.map((cause) => `* ${cause}`).join('\n')}`
}
