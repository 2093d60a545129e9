//! Statements, their routes and their actual SQL, told in files.

mod ask;
mod cases;
mod keyless;
mod layouts;
mod reasons;
mod soundness;
mod vectors;
