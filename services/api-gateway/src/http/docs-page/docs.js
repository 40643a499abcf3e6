// Browses /openapi.json. Text goes into the page as text only.
const routes = document.querySelector('#routes')
const filter = document.querySelector('#filter')
const response = await fetch('/openapi.json')
const { paths } = await response.json()

const element = (name, ...children) => {
  const made = document.createElement(name)
  made.append(...children)
  return made
}
const schema = (title, value) => [
  element('h3', title),
  element('pre', JSON.stringify(value, null, 2)),
]

const entries = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const summary = element(
      'summary',
      element('code', method.toUpperCase()),
      ' ',
      element('code', path),
      ` ${operation.operationId}`,
    )
    const details = element('details', summary)
    details.dataset.text = `${method} ${path} ${operation.operationId}`.toLowerCase()
    const needsToken = operation.security !== undefined
    details.append(element('h3', needsToken ? 'With an access token' : 'Without an access token'))
    if (operation.parameters) details.append(...schema('Parameters', operation.parameters))
    if (operation.requestBody) details.append(...schema('Request', operation.requestBody.content))
    details.append(...schema('Answer', operation.responses[200].content))
    return details
  }),
)
routes.append(...entries)
filter.addEventListener('input', () => {
  const wanted = filter.value.toLowerCase()
  for (const details of entries) details.hidden = !details.dataset.text.includes(wanted)
})
