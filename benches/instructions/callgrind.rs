//! callgrind on this program itself, and what it counted.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cases::cases;

/// Marks of each case.
const MARKS: usize = 3;
/// What the C library calls the ways to get memory.
const ALLOCATORS: [&str; 5] = [
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "aligned_alloc",
];

/// What a case costs each time it is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Instructions in user space.
    pub instructions: u64,
    /// Calls for memory, in tenths.
    pub allocations: u64,
}

/// A count of callgrind's.
#[derive(Clone, Copy)]
struct Count {
    instructions: u64,
    allocations: u64,
}

/// Runs all cases under callgrind.
pub fn count() -> Result<Vec<(String, Cost)>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let base = folder.path().join("count");
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", base.display()))
        .arg("--dump-before=*mark_of_the_counted_case*")
        .arg(own)
        .arg("--cases")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            format!("NOT RUN: valgrind cannot be started ({error}): scripts/setup.sh installs it")
        })?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("NOT RUN: the cases fail under valgrind: {told}"));
    }
    let named = cases().into_iter().enumerate();
    named
        .map(|(index, case)| {
            // the count that a mark ends has the mark's number
            let first = read(&base, MARKS * index + 2)?;
            let second = read(&base, MARKS * index + 3)?;
            let times = case.times as u64;
            let rounded = |more: u64| (more + times / 2) / times;
            let cost = Cost {
                instructions: rounded(second.instructions.saturating_sub(first.instructions)),
                allocations: rounded(10 * second.allocations.saturating_sub(first.allocations)),
            };
            Ok((case.name.to_owned(), cost))
        })
        .collect()
}

fn read(base: &Path, part: usize) -> Result<Count, String> {
    let path = format!("{}.{part}", base.display());
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    parse(&text).ok_or_else(|| format!("{path}: callgrind's file has no totals"))
}

/// The format is told in valgrind's manual, "Callgrind Format Specification".
fn parse(text: &str) -> Option<Count> {
    let mut instructions = None;
    let mut allocators = HashSet::new();
    let mut is_allocator = false;
    let mut allocations = 0;
    for line in text.lines() {
        if let Some(total) = line.strip_prefix("totals: ") {
            instructions = total.trim().parse().ok();
        } else if let Some(called) = line.strip_prefix("cfn=") {
            is_allocator = names_allocator(called, &mut allocators);
        } else if let Some(function) = line.strip_prefix("fn=") {
            names_allocator(function, &mut allocators);
        } else if let Some(calls) = line.strip_prefix("calls=")
            && is_allocator
        {
            let count: u64 = calls.split(' ').next()?.parse().ok()?;
            allocations += count;
        }
    }
    Some(Count {
        instructions: instructions?,
        allocations,
    })
}

/// `(12) malloc`, and from then on `(12)`.
fn names_allocator<'t>(function: &'t str, allocators: &mut HashSet<&'t str>) -> bool {
    let (id, name) = function.split_once(' ').unwrap_or((function, ""));
    if ALLOCATORS.contains(&name) {
        allocators.insert(id);
    }
    allocators.contains(id)
}
