import { isStatusError, statusErrorFrom } from '@wherry/apimachinery'

/**
 * For `catch`: says in the server's message which file the object came from, `error when creating "pod.yaml": …`, and throws it
 * on. As kubectl's AddSourceToErr.
 */
export function withSource(verb: string, source: string): (error: unknown) => never {
  return (error) => {
    if (!isStatusError(error)) throw error
    const message = `error when ${verb} ${JSON.stringify(source)}: ${error.message}`
    throw statusErrorFrom({ ...error.status, message }, { cause: error })
  }
}
