import {
  boolType,
  CompileFailure,
  type DeclType,
  type Environment,
  newEnvironment,
  optionalType,
  type Program,
  stringType,
  structFinder,
  typeFromStructuralSchema,
} from '@wherry/cel'
import type { ValidationRule } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Schema } from './schema/schema.ts'

export type Rule = DeepReadonly<ValidationRule>

/** A rule, compiled; or why it is none, in upstream's words. As upstream: apiextensions-apiserver `cel.Compile`. */
export interface CompiledRule {
  readonly rule: Rule
  readonly program?: Program
  readonly problem?: string
  readonly message?: Program
  readonly messageProblem?: string
  readonly usesOldSelf: boolean
}

/** The type of a schema's values; undefined where expressions cannot see them. */
export function typeOf(schema: Schema, isResource: boolean): DeclType | undefined {
  return typeFromStructuralSchema(Object(schema), 'selfType', isResource)
}

/** Compiles the rules of one schema, whose values are of the type. */
export function compileRules(rules: readonly Rule[], type: DeclType): CompiledRule[] {
  const structs = structFinder(type)
  const self = type.celType
  const environments = new Map<boolean, Environment>()
  const environmentFor = (optional: boolean): Environment => {
    const oldSelf = optional ? optionalType(self) : self
    const made = environments.get(optional) ?? newEnvironment({ variables: { self, oldSelf }, structs })
    environments.set(optional, made)
    return made
  }
  return rules.map((rule) => compileRule(rule, environmentFor(rule.optionalOldSelf === true)))
}

function compileRule(rule: Rule, environment: Environment): CompiledRule {
  if (rule.rule.trim() === '') return { rule, usesOldSelf: false }
  const program = environment.compile(rule.rule)
  if (program instanceof CompileFailure) {
    const stage = program.stage === 'compile' ? 'compilation failed' : 'program instantiation failed'
    return { rule, usesOldSelf: false, problem: `${stage}: ${program.message}` }
  }
  if (program.outputType !== boolType) {
    return { rule, usesOldSelf: false, problem: 'cel expression must evaluate to a bool' }
  }
  const compiled = { rule, program, usesOldSelf: program.uses('oldSelf') }
  if (!rule.messageExpression) return compiled
  const message = environment.compile(rule.messageExpression)
  if (message instanceof CompileFailure) {
    const stage = message.stage === 'compile' ? 'compilation failed' : 'instantiation failed'
    return { ...compiled, messageProblem: `messageExpression ${stage}: ${message.message}` }
  }
  if (message.outputType !== stringType) {
    return { ...compiled, messageProblem: 'messageExpression must evaluate to a string' }
  }
  return { ...compiled, message }
}
