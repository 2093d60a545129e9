"""What a server can do, as SQLAlchemy's own tests ask it; but no statement may span two databases.

Behind the proxy the databases of `test` and `test_schema` are two logical ones, and a statement that names tables of
both is refused; see docs/drivers.md.
"""

from sqlalchemy.testing import exclusions
from test.requirements import DefaultRequirements


class OneDatabase(DefaultRequirements):
    @property
    def schemas(self):
        return exclusions.closed()

    @property
    def cross_schema_fk_reflection(self):
        return exclusions.closed()
