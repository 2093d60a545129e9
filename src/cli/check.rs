//! `shardgate check`.

use std::path::Path;
use std::process::ExitCode;

use tokio::runtime::Builder;

use crate::config::{self, Config, Severity};
use crate::server::{self, ExaminedGroup, ServerError};

use super::output::print;

/// Lists faults and warnings; exit code 1 if there is a fault.
pub(super) fn check(folder: &Path, is_online: bool) -> ExitCode {
    match server::load(folder) {
        Ok(loaded) => {
            print(config::reachability_lines(&loaded));
            print(config::comparison_lines(&loaded));
            print(config::check(&loaded));
            print(&loaded.accepted_without_effect);
            print(server::descriptor_shortage(&loaded).map(|text| format!("warning: {text}")));
            if !is_online {
                print(unasked(&loaded));
            } else if !check_online(&loaded) {
                return ExitCode::FAILURE;
            }
            print([format!("{}: no faults", folder.display())]);
            ExitCode::SUCCESS
        }
        Err(ServerError::Config(faults)) => {
            print(&faults);
            let count = |severity| {
                faults
                    .iter()
                    .filter(|fault| fault.severity == severity)
                    .count()
            };
            print([format!(
                "{}: faults: {}, warnings: {}",
                folder.display(),
                count(Severity::Error),
                count(Severity::Warning)
            )]);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("shardgate check: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What only the servers could tell of the groups.
fn unasked(config: &Config) -> Option<String> {
    let groups = config
        .databases
        .iter()
        .flat_map(|database| &database.database.groups);
    let count = groups.filter(|group| !group.replicas.is_empty()).count();
    (count > 0).then(|| {
        format!(
            "read-write groups: {count}, their servers not asked; --online tells whether a promotion could be followed"
        )
    })
}

/// Prints what the servers say; false if something would not be served.
fn check_online(config: &Config) -> bool {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("shardgate check: {error}");
            return false;
        }
    };
    let examined = runtime.block_on(server::examine(config));
    for group in &examined {
        print(lines(group));
    }
    let findings = |group: &ExaminedGroup| group.examination.findings.clone();
    let faults = examined
        .iter()
        .flat_map(findings)
        .filter(|finding| finding.is_fault);
    let count = faults.count();
    if count > 0 {
        print([format!("faults on the servers: {count}")]);
    }
    count == 0
}

/// The group's members in a line, and each finding in one of its own.
fn lines(examined: &ExaminedGroup) -> Vec<String> {
    let ExaminedGroup {
        database,
        group,
        examination,
    } = examined;
    let members = examination.view.members.iter().map(|member| {
        let lag = member.lag.map_or_else(String::new, |lag| {
            format!(", {} ms behind", lag.as_millis())
        });
        format!(
            "{} {} {}{lag}",
            member.name,
            member.role.name(),
            member.state.name()
        )
    });
    let members: Vec<String> = members.collect();
    let mut lines = vec![format!("{database}.{group}: {}", members.join("; "))];
    lines.extend(examination.findings.iter().map(|finding| {
        let kind = if finding.is_fault { "fault" } else { "warning" };
        let about = finding.member.as_deref().map_or_else(
            || format!("{database}.{group}"),
            |member| format!("{database}.{group}: {member}"),
        );
        format!("{kind}: {about}: {}; {}", finding.message, finding.remedy)
    }));
    lines
}
