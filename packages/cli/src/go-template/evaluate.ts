import { isObject } from '../objects/json.ts'
import { goValue } from './format.ts'
import { functions, isTrue } from './functions.ts'
import { type Operand, type Pipeline, parseTemplate, type TemplateNode, type Term } from './parse.ts'

export interface TemplateOptions {
  /** A missing key prints `<no value>`; otherwise it is an error. */
  allowMissingKeys?: boolean
}

/** A compiled Go template. */
export interface GoTemplate {
  /** Throws in words near Go's where the template does not fit the data. */
  render(data: unknown): string
}

export function compileTemplate(template: string, options: TemplateOptions = {}): GoTemplate {
  const nodes = parseTemplate(template)
  return { render: (data) => new Evaluation(data, options).run(nodes, data) }
}

type Jump = 'break' | 'continue'

class Evaluation {
  readonly #options: TemplateOptions
  /** Variables by age; an inner one hides an outer one of its name. */
  #variables: { name: string; value: unknown }[]
  #jump: Jump | undefined

  constructor(data: unknown, options: TemplateOptions) {
    this.#options = options
    this.#variables = [{ name: '$', value: data }]
  }

  run(nodes: readonly TemplateNode[], dot: unknown): string {
    const scope = this.#variables.length
    let out = ''
    for (const node of nodes) {
      out += this.#node(node, dot)
      if (this.#jump) break
    }
    this.#variables.length = scope
    return out
  }

  #node(node: TemplateNode, dot: unknown): string {
    switch (node.kind) {
      case 'text':
        return node.text
      case 'print': {
        const value = this.#pipeline(node.pipeline, dot)
        return node.pipeline.variables.length > 0 ? '' : goValue(value)
      }
      case 'break':
      case 'continue':
        this.#jump = node.kind
        return ''
      default:
        return this.#control(node, dot)
    }
  }

  #control(node: TemplateNode & { kind: 'if' | 'with' | 'range' }, dot: unknown): string {
    const scope = this.#variables.length
    const out = node.kind === 'range' ? this.#range(node, dot) : this.#branch(node, dot)
    this.#variables.length = scope
    return out
  }

  #branch(node: TemplateNode & { kind: 'if' | 'with' | 'range' }, dot: unknown): string {
    const value = this.#pipeline(node.pipeline, dot)
    if (isTrue(value)) return this.run(node.body, node.kind === 'with' ? value : dot)
    return this.run(node.otherwise, dot)
  }

  #range(node: TemplateNode & { kind: 'if' | 'with' | 'range' }, dot: unknown): string {
    const value = this.#pipeline({ ...node.pipeline, variables: [] }, dot)
    const entries = entriesOf(value)
    if (entries.length === 0) return this.run(node.otherwise, dot)
    const [first, second] = node.pipeline.variables
    let out = ''
    for (const [key, item] of entries) {
      const scope = this.#variables.length
      if (second !== undefined) this.#declare(second, item)
      if (first !== undefined) this.#declare(first, second === undefined ? item : key)
      out += this.run(node.body, item)
      this.#variables.length = scope
      const jump = this.#jump
      this.#jump = undefined
      if (jump === 'break') break
    }
    return out
  }

  #declare(name: string, value: unknown): void {
    this.#variables.push({ name, value })
  }

  #pipeline(pipeline: Pipeline, dot: unknown): unknown {
    let value: unknown
    pipeline.commands.forEach((command, at) => {
      value = this.#command(command, dot, at === 0 ? [] : [value])
    })
    for (const name of pipeline.variables) {
      if (!pipeline.assigns) this.#declare(name, value)
      else this.#find(name).value = value
    }
    return value
  }

  #command(terms: readonly Term[], dot: unknown, piped: unknown[]): unknown {
    const [first, ...rest] = terms
    if (!first) return undefined
    if (first.operand.kind !== 'function') {
      if (rest.length > 0 || piped.length > 0) throw new Error("can't give argument to non-function")
      return this.#term(first, dot)
    }
    const { name } = first.operand
    const call = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (!call) throw new Error(`function ${JSON.stringify(name)} not defined`)
    return this.#fields(call(...rest.map((term) => this.#term(term, dot)), ...piped), first.fields)
  }

  #term(term: Term, dot: unknown): unknown {
    return this.#fields(this.#operand(term.operand, dot), term.fields)
  }

  #operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'dot':
        return dot
      case 'constant':
        return operand.value
      case 'variable':
        return this.#find(operand.name).value
      case 'pipeline':
        return this.#pipeline(operand.pipeline, dot)
      case 'function':
        return this.#command([{ operand, fields: [] }], dot, [])
    }
  }

  #fields(value: unknown, fields: readonly string[]): unknown {
    return fields.reduce<unknown>((at, name) => {
      if (at === undefined || at === null) {
        if (this.#options.allowMissingKeys) return undefined
        throw new Error(`nil data; no entry for key ${JSON.stringify(name)}`)
      }
      if (!isObject(at)) {
        const type = Array.isArray(at) ? '[]interface {}' : typeof at
        throw new Error(`can't evaluate field ${name} in type ${type}`)
      }
      if (!Object.hasOwn(at, name) && !this.#options.allowMissingKeys) {
        throw new Error(`map has no entry for key ${JSON.stringify(name)}`)
      }
      return at[name]
    }, value)
  }

  #find(name: string): { value: unknown } {
    const found = this.#variables.findLast((variable) => variable.name === name)
    if (!found) throw new Error(`undefined variable ${JSON.stringify(name)}`)
    return found
  }
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map((item, at) => [at, item])
  if (isObject(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]])
  }
  if (typeof value === 'number') return Array.from({ length: value }, (_, at) => [at, at])
  throw new Error(`range can't iterate over ${goValue(value)}`)
}
