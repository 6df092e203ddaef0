import pg from 'pg'

const { types } = pg

/** As pg reads values, but for whole numbers of 64 bits: positions stay far below what a number holds exactly. */
export const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format as 'text'),
}
