/** One bound of `[start:end:step]`; `derived` marks an end that follows from a plain index. */
export interface Bound {
  value?: number
  derived?: boolean
}

/** The parts of a template in kubectl's JSONPath dialect. */
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'list'; nodes: Node[] }
  | { kind: 'field'; name: string }
  | { kind: 'identifier'; name: string }
  | { kind: 'number'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'array'; start: Bound; end: Bound; step: Bound }
  | { kind: 'filter'; left: Node; right: Node; operator: string }
  | { kind: 'union'; members: Node[] }
  | { kind: 'wildcard' }
  | { kind: 'recursive' }
