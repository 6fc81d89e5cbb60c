import { describe, expect, it } from 'vitest'
import { compileJSONPath, relaxedJSONPath } from './index.ts'

const data = {
  kind: 'List',
  items: [
    {
      kind: 'None',
      metadata: { name: '127.0.0.1', labels: { 'kubernetes.io/hostname': '127.0.0.1' } },
      status: { capacity: { cpu: '4' }, n: 4 },
    },
    { kind: 'None', metadata: { name: '127.0.0.2' }, status: { capacity: { cpu: '8' }, n: 8, ready: true } },
  ],
  users: [
    { name: 'myself', user: {} },
    { name: 'e2e', user: { username: 'admin', password: 'secret' } },
  ],
  empty: [],
  nothing: null,
}

describe('the JSONPath dialect of kubectl', () => {
  it.each([
    { template: 'plain text', want: 'plain text' },
    { template: 'kind is {.kind}', want: 'kind is List' },
    { template: '{@.kind}', want: 'List' },
    { template: "{['kind']}", want: 'List' },
    { template: '{$.kind}', want: 'List' },
    { template: '{.items[*].metadata.name}', want: '127.0.0.1 127.0.0.2' },
    {
      template: "{.items[*]['metadata.name', 'status.capacity']}",
      want: '127.0.0.1 127.0.0.2 {"cpu":"4"} {"cpu":"8"}',
    },
    { template: '{.users[?(@.name=="e2e")].user.password}', want: 'secret' },
    { template: '{.items[?(@.status.n>4)].metadata.name}', want: '127.0.0.2' },
    { template: '{.items[?(@.status.n<=4)].metadata.name}', want: '127.0.0.1' },
    { template: '{.items[?(@.status.ready)].metadata.name}', want: '127.0.0.2' },
    { template: '{.items[?(@.status.ready==true)].metadata.name}', want: '127.0.0.2' },
    {
      template: '{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}',
      want: '[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] ',
    },
    { template: '{range .items[*]}{.metadata.name}{"\\n"}{end}', want: '127.0.0.1\n127.0.0.2\n' },
    {
      template: "{range .items[*]}{.metadata.name}{'\\t'}{range .status}{.n}{end};{end}!",
      want: '127.0.0.1\t4;127.0.0.2\t8;!',
    },
    { template: '{range .empty[*]}x{end}after', want: 'after' },
    { template: '{.items[0].metadata.labels.kubernetes\\.io/hostname}', want: '127.0.0.1' },
    { template: "{.items[0].metadata.labels['kubernetes\\.io/hostname']}", want: '127.0.0.1' },
    { template: '{.items[-1].metadata.name}', want: '127.0.0.2' },
    { template: '{.items[0:1].metadata.name}', want: '127.0.0.1' },
    { template: '{.items[0:2:2].metadata.name}', want: '127.0.0.1' },
    { template: '{.items[0,1].metadata.name}', want: '127.0.0.1 127.0.0.2' },
    { template: '{..name}', want: '127.0.0.1 127.0.0.2 myself e2e' },
    { template: '{.users[*].*}', want: 'myself {} e2e {"password":"secret","username":"admin"}' },
    { template: '{.absent.field}', want: '' },
    { template: '{.nothing}', want: '<no value>' },
    { template: '{.items[0].status.n}', want: '4' },
    { template: '{.users[1].user}', want: '{"password":"secret","username":"admin"}' },
  ])('prints $template', ({ template, want }) => {
    expect(compileJSONPath(template, { allowMissingKeys: true }).print(data)).toBe(want)
  })

  it.each([
    { template: '{.kind', want: 'unclosed action' },
    { template: '{.items[}', want: 'unterminated array' },
    { template: '{.items[x]}', want: 'invalid array index x' },
    { template: '{"open}', want: 'unterminated quoted string' },
    { template: '{*}', want: "unrecognized character in action: U+002A '*'" },
    { template: '{.absent}', want: 'absent is not found' },
    { template: '{.empty[0]}', want: 'array index out of bounds: index 0, length 0' },
    { template: '{.kind[0]}', want: 'string is not array or slice' },
    { template: '{end}', want: 'not in range, nothing to end' },
    { template: '{nonsense}', want: 'unrecognized identifier nonsense' },
    { template: '{.items[?(@.status.n=="a")]}', want: 'incompatible types for comparison' },
    { template: '{.items[?(@.kind=="None"]}', want: 'unterminated filter' },
  ])('refuses $template', ({ template, want }) => {
    expect(() => compileJSONPath(template).print(data)).toThrow(want)
  })
})

describe('a relaxed path', () => {
  it.each([
    ['a.b', '{.a.b}'],
    ['.a.b', '{.a.b}'],
    ['{a.b}', '{.a.b}'],
    ['{.a.b}', '{.a.b}'],
    ['', ''],
  ])('%s means %s', (path, want) => {
    expect(relaxedJSONPath(path)).toBe(want)
  })

  it('is refused where braces do not match', () => {
    expect(() => relaxedJSONPath('{.a')).toThrow('unexpected path string, expected')
  })
})
