import { describe, expect, it } from 'vitest'
import { compileTemplate } from './evaluate.ts'

const data = {
  metadata: { name: 'web', labels: { app: 'web', 'a/b': 'c' } },
  items: [
    { name: 'one', ready: true, n: 1 },
    { name: 'two', ready: false, n: 2 },
  ],
  empty: [],
  data: { user: 'YWRtaW4=' },
}

describe('a Go template', () => {
  it.each([
    { template: '{{.metadata.name}}', want: 'web' },
    { template: '{{ .metadata.absent }}', want: '<no value>' },
    { template: '{{.metadata.absent.deeper}}', want: '<no value>' },
    { template: '{{range .items}}{{.name}} {{end}}', want: 'one two ' },
    { template: '{{range $i, $e := .items}}{{$i}}={{$e.name}};{{end}}', want: '0=one;1=two;' },
    { template: '{{range $e := .items}}{{$e.name}};{{end}}', want: 'one;two;' },
    { template: '{{range $k, $v := .metadata.labels}}{{$k}}:{{$v}} {{end}}', want: 'a/b:c app:web ' },
    { template: '{{range .empty}}x{{else}}none{{end}}', want: 'none' },
    { template: '{{if .items}}some{{else}}none{{end}}', want: 'some' },
    { template: '{{if .x}}a{{else if .items}}b{{else}}c{{end}}', want: 'b' },
    { template: '{{range .items}}{{if .ready}}{{.name}}{{"\\n"}}{{end}}{{end}}', want: 'one\n' },
    { template: '{{with .metadata}}{{.name}}{{end}}', want: 'web' },
    { template: '{{index .metadata.labels "a/b"}}', want: 'c' },
    { template: '{{(index .items 1).name}}', want: 'two' },
    { template: '{{len .items}} {{len .metadata.name}}', want: '2 3' },
    { template: '{{printf "%s-%d %5.1f|%-4s|%q" .metadata.name 3 1.5 "a" "b"}}', want: 'web-3   1.5|a   |"b"' },
    { template: '{{.data.user | base64decode}}', want: 'admin' },
    { template: '{{if eq .metadata.name "web" "api"}}yes{{end}}', want: 'yes' },
    { template: '{{if and .items (not .empty)}}yes{{end}}', want: 'yes' },
    { template: '{{if or .empty .items}}yes{{end}}', want: 'yes' },
    { template: '{{$x := .metadata.name}}{{$x = "other"}}{{$x}}', want: 'other' },
    { template: 'a {{- " b " -}} c', want: 'a b c' },
    { template: 'a{{/* nothing */}}b', want: 'ab' },
    { template: '{{.metadata.labels}}', want: 'map[a/b:c app:web]' },
    { template: '{{.empty}} {{print 1 2 "x" 3}}', want: '[] 1 2x3' },
    { template: '{{range .items}}{{if eq .n 2}}{{break}}{{end}}{{.n}}{{end}}', want: '1' },
    { template: '{{range .items}}{{$.metadata.name}}/{{.name}} {{end}}', want: 'web/one web/two ' },
    { template: '{{if exists . "metadata" "labels"}}yes{{end}}', want: 'yes' },
    { template: '{{gt 2 1}} {{lt "a" "b"}} {{ne 1 2}}', want: 'true true true' },
    { template: '{{println "a" 1}}', want: 'a 1\n' },
  ])('renders $template', ({ template, want }) => {
    expect(compileTemplate(template, { allowMissingKeys: true }).render(data)).toBe(want)
  })

  it.each([
    { template: '{{.a', want: 'unclosed action' },
    { template: '{{range .items}}', want: 'unexpected EOF' },
    { template: '{{end}}', want: 'unexpected {{end}}' },
    { template: '{{nope 1}}', want: 'function "nope" not defined' },
    { template: '{{.absent}}', want: 'map has no entry for key "absent"' },
    { template: '{{$y}}', want: 'undefined variable "$y"' },
    { template: '{{.metadata.name.x}}', want: "can't evaluate field x in type string" },
    { template: '{{index .items 7}}', want: 'error calling index' },
  ])('refuses $template', ({ template, want }) => {
    expect(() => compileTemplate(template).render(data)).toThrow(want)
  })
})
