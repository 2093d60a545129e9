//! Private MariaDB and MySQL servers in temporary folders.
