export { openPgliteSql } from '../tests/sql.pglite.ts'
export { temporaryFolder } from '../tests/temporary-folder.ts'
export { openSqliteSql } from './sql/sql.sqlite.ts'
