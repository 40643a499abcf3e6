import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { freePort, generousLimits, ServerProcess } from '@parley/testing'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

export const password = 'a long sentence nobody says'
const browserPath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path))
const missing = 'Chromium is missing: run `bash scripts/install-browser.sh`'
const isRequired = [process.env['REQUIRE_ENGINES'], process.env['REQUIRE_TOOLS']].includes('1')

/**
 * For `describe`: without Chromium these tests say so and are not run. With `REQUIRE_ENGINES=1` or
 * `REQUIRE_TOOLS=1` they run, and fail.
 */
export const inChromium = { skip: browserPath === undefined && !isRequired ? missing : false }

/** How long a page may take for one step. Generous: it passes as soon as the step is seen. */
const stepMsMax = 20_000

/**
 * A server in a process of its own with the web app, and people with a browser profile each. What
 * a page complains about, in its console or as a violation of its policy, is kept.
 */
export class World implements AsyncDisposable {
  readonly dataFolder: string
  readonly port: number
  /** What pages have complained about, and nobody expected. */
  readonly complaints: string[] = []
  /** What the server has written on standard error. */
  readonly serverLines: string[] = []
  readonly #browser: Browser
  readonly #environment: Readonly<Record<string, string>>
  #server: ServerProcess

  private constructor(
    parts: Pick<World, 'dataFolder' | 'port'> & {
      browser: Browser
      server: ServerProcess
      environment: Readonly<Record<string, string>>
    },
  ) {
    this.dataFolder = parts.dataFolder
    this.port = parts.port
    this.#browser = parts.browser
    this.#server = parts.server
    this.#environment = parts.environment
  }

  static async open(changes: Readonly<Record<string, string>> = {}): Promise<World> {
    assert.ok(browserPath, missing)
    const dataFolder = await mkdtemp(join(tmpdir(), 'parley-browser-'))
    const port = await freePort()
    const environment = { ...generousLimits, PARLEY_DEV_SKIP_WEB_BUILD: '0', ...changes }
    const server = await ServerProcess.start({ dataFolder, port, environment })
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu'],
    })
    return new World({ dataFolder, port, browser, server, environment })
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  /** SIGKILL, and nothing after it. */
  async killServer(): Promise<void> {
    await this.#server.kill()
    this.serverLines.push(...this.#server.complaints)
  }

  async restartServer(): Promise<void> {
    if (this.#server.isRunning) await this.killServer()
    const { dataFolder, port } = this
    this.#server = await ServerProcess.start({ dataFolder, port, environment: this.#environment })
  }

  /** Somebody with a browser profile of his own, on the first page of the app. */
  async visitor(options: VisitorOptions = {}): Promise<Person> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en',
      reducedMotion: 'reduce',
      ...options,
    })
    context.setDefaultTimeout(stepMsMax)
    const person = new Person(context, await this.page(context), this)
    await person.page.goto(options.url ?? this.url)
    return person
  }

  /** Somebody who has just signed up. */
  async person(name: string, options: VisitorOptions = {}): Promise<Person> {
    const person = await this.visitor(options)
    await person.signUp(name)
    return person
  }

  /** A page whose complaints are kept. Being offline is no fault of the page. */
  async page(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() !== 'error') return
      if (/net::ERR_|WebSocket connection|status of (401|404|409|422)/.test(message.text())) return
      this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`violates ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
      )
    })
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.serverLines.push(...this.#server.complaints)
    await this.#server[Symbol.asyncDispose]()
    await rm(this.dataFolder, { recursive: true, force: true })
  }
}

export interface VisitorOptions {
  readonly url?: string
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
}

/** What somebody does with the app, in the words that he reads. */
export class Person {
  readonly context: BrowserContext
  readonly page: Page
  readonly #world: World

  constructor(context: BrowserContext, page: Page, world: World) {
    this.context = context
    this.page = page
    this.#world = world
  }

  async signUp(name: string, displayName = capital(name)): Promise<void> {
    const { page } = this
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Display name').fill(displayName)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: `Welcome, ${displayName}` }).waitFor()
  }

  async signIn(name: string): Promise<void> {
    const { page } = this
    await page.getByRole('link', { name: 'Sign in instead' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async startChat(name: string): Promise<void> {
    const { page } = this
    await this.choose('New chat')
    await page.getByLabel('Exact name').fill(name)
    await page.getByRole('button', { name: 'Start chat' }).click()
    await this.composer.waitFor()
  }

  async createGroup(title: string, names: readonly string[]): Promise<void> {
    const { page } = this
    await this.choose('New group')
    await page.getByLabel('Group name').fill(title)
    for (const name of names) {
      await page.getByLabel('Add people by exact name').fill(name)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: `Remove ${capital(name)}` }).waitFor()
    }
    await page.getByRole('button', { name: 'Create group' }).click()
    await this.composer.waitFor()
  }

  /** From the menu over the list. */
  async choose(entry: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New chat' }).first().click()
    await this.page.getByRole('menuitem', { name: entry }).click()
  }

  /** Opens a chat from the list. */
  async open(title: string): Promise<void> {
    await this.listItem(title).click()
    await this.composer.waitFor()
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.page.keyboard.press('Enter')
  }

  get composer() {
    return this.page.getByRole('textbox', { name: /^Message to / })
  }

  get log() {
    return this.page.getByRole('log')
  }

  listItem(title: string) {
    return this.page.getByRole('navigation').getByRole('link', { name: title })
  }

  message(text: string) {
    return this.log.getByRole('article').filter({ hasText: text })
  }

  /** Waits until a message is on the screen, in a state when one is named. */
  async sees(text: string, state?: string): Promise<void> {
    const message = this.message(text)
    await message.first().waitFor()
    if (state === undefined) return
    const name = new RegExp(`, (${state})$`)
    await this.log.getByRole('article', { name }).filter({ hasText: text }).first().waitFor()
  }

  /** The texts in the open chat, from top to bottom, as far as they are drawn. */
  async texts(): Promise<readonly string[]> {
    return await this.log.getByRole('article').locator('p[dir=auto]').allInnerTexts()
  }

  async secondTab(): Promise<Person> {
    const page = await this.#world.page(this.context)
    await page.goto(this.page.url())
    return new Person(this.context, page, this.#world)
  }
}

const capital = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1)
