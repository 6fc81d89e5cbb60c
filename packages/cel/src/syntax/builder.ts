import type { Value } from '../values/value.ts'
import type {
  Call,
  Comprehension,
  Expr,
  Ident,
  ListExpr,
  Literal,
  MacroCalls,
  MapEntry,
  MapExpr,
  Select,
  StructExpr,
  StructField,
  Unspecified,
} from './ast.ts'

/** Makes nodes, numbers them, and keeps where each began. */
export class AstBuilder {
  readonly offsets = new Map<number, number>()
  readonly macroCalls: MacroCalls = new Map()
  #next = 1

  id(offset: number): number {
    const id = this.#next++
    this.offsets.set(id, offset)
    return id
  }

  literal(offset: number, value: Value): Literal {
    return { kind: 'literal', id: this.id(offset), value }
  }

  ident(offset: number, name: string): Ident {
    return { kind: 'ident', id: this.id(offset), name }
  }

  select(offset: number, operand: Expr, field: string, testOnly: boolean): Select {
    return { kind: 'select', id: this.id(offset), operand, field, testOnly }
  }

  call(offset: number, name: string, args: Expr[], target?: Expr): Call {
    return { kind: 'call', id: this.id(offset), name, target, args }
  }

  list(offset: number, elements: Expr[], optionals: ReadonlySet<number> = new Set()): ListExpr {
    return { kind: 'list', id: this.id(offset), elements, optionals }
  }

  map(offset: number, entries: MapEntry[]): MapExpr {
    return { kind: 'map', id: this.id(offset), entries }
  }

  struct(offset: number, typeName: string, fields: StructField[]): StructExpr {
    return { kind: 'struct', id: this.id(offset), typeName, fields }
  }

  comprehension(offset: number, parts: Omit<Comprehension, 'kind' | 'id'>): Comprehension {
    return { kind: 'comprehension', id: this.id(offset), ...parts }
  }

  unspecified(offset: number): Unspecified {
    return { kind: 'unspecified', id: this.id(offset) }
  }
}
