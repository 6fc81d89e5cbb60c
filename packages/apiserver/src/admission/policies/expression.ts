import { type CelType, CompileFailure, type Environment, type Program, sameType, typeToString } from '@wherry/cel'

/** An expression of a policy: compiled, or why it is none. */
export interface Expression {
  readonly text: string
  readonly program: Program | undefined
  /** Empty where it compiled. */
  readonly error: string
  readonly outputType: CelType | undefined
}

/** Compiles an expression that gives one of these types; none given: any. */
export function compileExpression(env: Environment, text: string, wanted: readonly CelType[] = []): Expression {
  const failed = (error: string): Expression => ({ text, program: undefined, error, outputType: undefined })
  const program = env.compile(text)
  if (program instanceof CompileFailure) {
    const stage = program.stage === 'compile' ? 'compilation failed' : 'program instantiation failed'
    return failed(`${stage}: ${program.message}`)
  }
  const { outputType } = program
  if (wanted.length === 0 || wanted.some((type) => sameType(type, outputType))) {
    return { text, program, error: '', outputType }
  }
  const names = wanted.map(typeToString)
  const expected = names.length === 1 ? String(names[0]) : `one of [${names.join(' ')}]`
  return failed(`must evaluate to ${expected} but got ${typeToString(outputType)}`)
}
