import { type CheckedAst, check } from './checker/checker.ts'
import { CheckScope, type StructFinder } from './checker/scope.ts'
import { validate } from './checker/validators.ts'
import type { FunctionDecl } from './declarations.ts'
import { kubernetesFunctions, kubernetesMacros, kubernetesTypes } from './libraries/kubernetes.ts'
import type { Run } from './plan/frame.ts'
import { PlanError, plan } from './plan/planner.ts'
import { Program } from './program.ts'
import { parse } from './syntax/parser.ts'
import { type Macro, macroTable } from './syntax/macros.ts'
import { formatIssues, Source } from './syntax/source.ts'
import type { CelType } from './types/types.ts'

/** Why an expression is none: the text that clients see, as cel-go writes it. */
export class CompileFailure {
  readonly message: string
  /** Where it failed: reading and typing it, or evaluating its constant parts. */
  readonly stage: 'compile' | 'program'

  constructor(message: string, stage: 'compile' | 'program') {
    this.message = message
    this.stage = stage
  }
}

export interface EnvironmentOptions {
  /** The types of the variables. */
  variables?: Readonly<Record<string, CelType>>
  /** Finds the object types that variables and constructors name. */
  structs?: StructFinder
  /** Functions beyond those of Kubernetes' base environment. */
  functions?: ReadonlyMap<string, FunctionDecl>
  /** Macros beyond those of Kubernetes' base environment. */
  macros?: readonly Macro[]
  /** False where constant parts are to be evaluated, and paid for, each time. */
  foldConstants?: boolean
}

/** Compiles expressions over some variables. */
export interface Environment {
  compile(expression: string): Program | CompileFailure
}

/**
 * An environment with the libraries of Kubernetes 1.36 (k8s `pkg/cel/environment/base.go`) and these variables.
 * Cheap: declarations of functions are shared.
 */
export function newEnvironment(options: EnvironmentOptions = {}): Environment {
  const structs = options.structs ?? (() => undefined)
  const functions =
    options.functions === undefined ? kubernetesFunctions : new Map([...kubernetesFunctions, ...options.functions])
  const macros =
    options.macros === undefined ? kubernetesMacros : new Map([...kubernetesMacros, ...macroTable(options.macros)])
  const variables = new Map(Object.entries(options.variables ?? {}))
  const scope = new CheckScope(variables, functions, structs, kubernetesTypes)
  return {
    compile(expression) {
      const source = new Source(expression)
      const parsed = parse(source, macros)
      if (parsed.ast === undefined) return new CompileFailure(formatIssues(parsed.issues, source), 'compile')
      const { checked, issues } = check(parsed.ast, scope, source)
      const found = issues.length > 0 ? issues : validate(checked, source)
      if (found.length > 0) return new CompileFailure(formatIssues(found, source), 'compile')
      return planned(checked, () => plan(checked, functions, structs, options.foldConstants))
    },
  }
}

function planned(checked: CheckedAst, make: () => Run): Program | CompileFailure {
  try {
    return new Program(checked, make())
  } catch (error) {
    if (error instanceof PlanError) return new CompileFailure(error.message, 'program')
    throw error
  }
}
