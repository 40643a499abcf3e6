import { describe } from 'node:test'
import { openPgliteSql } from '../../tests/sql.pglite.ts'
import { sqlContract } from './sql.contract.ts'

describe("relations in PostgreSQL's dialect", () => {
  sqlContract(openPgliteSql)
})
