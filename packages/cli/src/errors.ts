/** A message for the user; `error: ` is put before it. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
}

/** A command that was called wrongly; the message is followed by a pointer to the command's help. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'
}

/** A message that is printed as it stands. */
export class PlainError extends Error {
  override readonly name = 'PlainError'
}

/** Ends the command with this exit code, with nothing more to say. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly code: number

  constructor(code: number, message = '') {
    super(message)
    this.code = code
  }
}

/** Several failures of one command, each worth its line. */
export class ErrorList extends Error {
  override readonly name = 'ErrorList'
  readonly errors: readonly unknown[]

  constructor(errors: readonly unknown[]) {
    super(errors.map((error) => (error instanceof Error ? error.message : String(error))).join('\n'))
    this.errors = errors
  }
}

/** Throws what has been gathered: nothing, the one, or the list. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new ErrorList(errors)
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Lets work go on after failures, and tells them at the end. */
export class ErrorGatherer {
  readonly errors: unknown[] = []

  async gather(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.errors.push(error)
    }
  }

  throwAll(): void {
    throwAll(this.errors)
  }
}
