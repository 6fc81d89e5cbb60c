import { describe, expect, it } from 'vitest'
import { columnValues, parseColumns, parseColumnsFile } from './custom-columns.ts'
import { goJSON } from './json.ts'
import { toKYAML } from './kyaml.ts'
import { sortByPath, sortPath } from './sort.ts'
import { type Column, tableLines, type TableOptions, tableOf } from './table.ts'
import { elasticTabs, TabWriter } from './tab-writer.ts'

function written(rows: string[][][]): string {
  let out = ''
  const writer = new TabWriter((text) => {
    out += text
  })
  for (const block of rows) {
    for (const row of block) writer.row(row)
    writer.flush()
  }
  return out
}

describe('a tab writer', () => {
  it('pads columns to three spaces and at least six letters, and the last one not at all', () => {
    expect(
      written([
        [
          ['NAME', 'AGE'],
          ['a', '5s'],
          ['longer-name', ''],
        ],
      ]),
    ).toBe('NAME          AGE\na             5s\nlonger-name   \n')
    expect(
      written([
        [
          ['A', 'B'],
          ['c', 'd'],
        ],
      ]),
    ).toBe('A     B\nc     d\n')
  })

  it('keeps widths from one flush to the next, so that a watch stays in line', () => {
    expect(
      written([
        [
          ['NAME', 'AGE'],
          ['some-name', '1s'],
        ],
        [['x', '2s']],
      ]),
    ).toBe('NAME        AGE\nsome-name   1s\nx           2s\n')
  })
})

describe('elastic tabs', () => {
  it('give each block of lines widths of its own', () => {
    expect(elasticTabs('Name:\tx\nNamespace:\ty\nPlain\nA:\tb\n')).toBe('Name:       x\nNamespace:  y\nPlain\nA:  b\n')
  })

  it('line up inner columns only where neighbours have them', () => {
    expect(elasticTabs('a\tb\tc\nlong\td\n')).toBe('a     b  c\nlong  d\n')
  })
})

const columns: Column[] = [
  { name: 'Name', format: 'name', priority: 0 },
  { name: 'Ready', format: '', priority: 0 },
  { name: 'Node', format: '', priority: 1 },
]
const options: TableOptions = {
  wide: false,
  noHeaders: false,
  withNamespace: false,
  namePrefix: '',
  showLabels: false,
  labelColumns: [],
}
const row = {
  cells: ['web', '1/1', 'one'],
  object: { metadata: { namespace: 'ns', labels: { app: 'web', 'a.b/tier': 'front' } } },
}
const table = { columns, rows: [row], resourceVersion: '', continue: '' }

describe('a table', () => {
  it.each([
    {
      name: 'leaves out what is only for wide',
      options: {},
      want: [
        ['NAME', 'READY'],
        ['web', '1/1'],
      ],
    },
    {
      name: 'shows all when wide',
      options: { wide: true },
      want: [
        ['NAME', 'READY', 'NODE'],
        ['web', '1/1', 'one'],
      ],
    },
    {
      name: 'begins with the namespace',
      options: { withNamespace: true },
      want: [
        ['NAMESPACE', 'NAME', 'READY'],
        ['ns', 'web', '1/1'],
      ],
    },
    { name: 'names the kind', options: { namePrefix: 'pod/', noHeaders: true }, want: [['pod/web', '1/1']] },
    {
      name: 'ends with labels',
      options: { labelColumns: ['a.b/tier', 'x'], showLabels: true },
      want: [
        ['NAME', 'READY', 'TIER', 'X', 'LABELS'],
        ['web', '1/1', 'front', '<none>', 'a.b/tier=front,app=web'],
      ],
    },
  ])('$name', ({ options: given, want }) => {
    expect(tableLines(table, columns, { ...options, ...given }, true)).toEqual(want)
  })

  it('cuts cells at the end of their first line and disarms escapes', () => {
    const rows = [{ cells: ['a\nb', '\x1b[1m', null], object: {} }]
    expect(tableLines({ ...table, rows }, columns, { ...options, noHeaders: true }, true)).toEqual([['a...', '^[[1m']])
  })

  it('is made of names and times where the server sends none', () => {
    const { rows } = tableOf({ items: [{ metadata: { name: 'x', creationTimestamp: 't' } }] })
    expect(rows[0]?.cells).toEqual(['x', 't'])
  })
})

describe('custom columns', () => {
  const object = { metadata: { name: 'web' }, spec: { list: [{ a: 1 }, { a: 2 }], map: { k: 'v' }, none: null } }

  it.each([
    { spec: 'N:.metadata.name', want: ['web'] },
    { spec: 'N:metadata.name,A:{.spec.list[*].a}', want: ['web', '1,2'] },
    { spec: 'M:.spec.map,X:.absent,Z:.spec.none', want: ['map[k:v]', '<none>', '<nil>'] },
  ])('$spec', ({ spec, want }) => {
    expect(columnValues(parseColumns(spec), object)).toEqual(want)
  })

  it('are refused without a path or a column', () => {
    expect(() => parseColumns('NAME')).toThrow(
      'unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>',
    )
    expect(() => parseColumns('')).toThrow('custom-columns format specified but no custom columns given')
  })

  it('come from a file of headers and paths', () => {
    const made = parseColumnsFile('NAME  FIRST\n.metadata.name  .spec.list[0].a\n')
    expect(made.map(({ header }) => header)).toEqual(['NAME', 'FIRST'])
    expect(columnValues(made, object)).toEqual(['web', '1'])
  })
})

describe('output as text', () => {
  it('escapes in JSON what HTML would read', () => {
    expect(goJSON({ a: '<b>&' })).toBe('{\n    "a": "\\u003cb\\u003e\\u0026"\n}')
  })

  it('writes KYAML with brackets, quotes and commas', () => {
    expect(toKYAML({ kind: 'X', no: 1, list: ['a'], maps: [{ b: true }], none: {} })).toBe(
      '{\n  kind: "X",\n  "no": 1,\n  list: [\n    "a",\n  ],\n  maps: [{\n    b: true,\n  }],\n  none: {},\n}',
    )
  })
})

describe('sorting by a field', () => {
  const items = [{ n: '10Mi' }, { n: '2Gi' }, { n: '9Ki' }, {}]

  it('knows quantities, and puts objects without it first', () => {
    const sorted = sortByPath(items, sortPath('.n'), '.n', (item) => item)
    expect(sorted.map(({ n }) => n)).toEqual([undefined, '9Ki', '10Mi', '2Gi'])
  })

  it('fails where no object has the field', () => {
    expect(() => sortByPath(items, sortPath('.x'), '.x', (item) => item)).toThrow(
      'couldn\'t find any field with path "{.x}"',
    )
  })
})
