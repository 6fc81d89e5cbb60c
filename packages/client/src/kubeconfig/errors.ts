import { UserError } from '@wherry/component-base'

/** A kubeconfig cannot be used; `problems` says why, each in kubectl's words. */
export class KubeconfigError extends UserError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(joined(problems), options)
    this.problems = problems
  }
}

/** The configuration was read and makes no sense: kubectl prints `Error in configuration:` and the problems. */
export class InvalidConfiguration extends KubeconfigError {
  constructor(problems: readonly string[]) {
    super(problems)
    this.message = `invalid configuration: ${joined(problems)}`
  }
}

/** As apimachinery's aggregate: several errors in brackets, each once. */
function joined(problems: readonly string[]): string {
  const distinct = [...new Set(problems)]
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`
}
