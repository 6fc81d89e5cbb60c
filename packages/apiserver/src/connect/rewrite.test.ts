import { describe, expect, it } from 'vitest'
import { rewriteHTML } from './rewrite-html.ts'
import { rewriteURL } from './rewrite-url.ts'

const prefix = '/api/v1/namespaces/default/pods/p/proxy'
const rewriting = { prefix, hosts: ['api.example:6443', '10.0.0.1:8080'] }
const rewrite = (link: string) => rewriteURL(link, rewriting)

describe('a link of a backend', () => {
  it.each([
    ['/a/b', `${prefix}/a/b`],
    ['/a/', `${prefix}/a/`],
    ['/', `${prefix}/`],
    ['/a?x=1#y', `${prefix}/a?x=1#y`],
    ['a/b', 'a/b'],
    ['?x=1', '?x=1'],
    ['', ''],
    ['#top', '#top'],
    ['http://elsewhere.example/a', 'http://elsewhere.example/a'],
    ['//elsewhere.example/a', '//elsewhere.example/a'],
    ['http://10.0.0.1:8080/a', `${prefix}/a`],
    ['https://api.example:6443/a', `${prefix}/a`],
    [`${prefix}/a`, `${prefix}/a`],
    ['mailto:a@example.com', 'mailto:a@example.com'],
  ])('%s becomes %s', (link, want) => {
    expect(rewrite(link)).toBe(want)
  })
})

describe('a document of a backend', () => {
  it.each([
    ['<a href="/x">x</a>', `<a href="${prefix}/x">x</a>`],
    ["<A HREF='/x'>x</A>", `<A HREF="${prefix}/x">x</A>`],
    ['<img src=/x alt="/y">', `<img src="${prefix}/x" alt="/y">`],
    ['<link rel="a" href="/x?a=1&amp;b=2"/>', `<link rel="a" href="${prefix}/x?a=1&amp;b=2"/>`],
    ['<form action="/go" method="post">', `<form action="${prefix}/go" method="post">`],
    ['<p href="/x">', '<p href="/x">'],
    ['<!-- <a href="/x"> -->', '<!-- <a href="/x"> -->'],
    [
      '<script src="/s.js">if (a < b) "<a href=\'/x\'>"</script>',
      `<script src="${prefix}/s.js">if (a < b) "<a href='/x'>"</script>`,
    ],
    ['<a href="b">1 < 2</a>', '<a href="b">1 < 2</a>'],
    ['<a title=">" href="/x">', `<a title=">" href="${prefix}/x">`],
    ['text only', 'text only'],
  ])('%s becomes %s', (document, want) => {
    expect(rewriteHTML(document, rewrite)).toBe(want)
  })
})
