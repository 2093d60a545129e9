//! The texts that a mapper's statement can become: every combination where they are few, else those that matter.

use std::collections::HashSet;
use std::rc::Rc;

use super::node::{Fragments, Mapper, Node, Statement};
use super::render::{Choice, RenderFault, Scene, render};
use crate::lint::mapped::Mapped;
use crate::lint::written::Written;

/// Up to so many combinations all of them are rendered.
const ALL: usize = 128;
/// Never more than these.
const MAX: usize = 512;
/// Bytes of all texts of one statement; those furthest from the base are left out.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Tests of one statement that are looked at.
const MAX_TOGGLES: usize = 200;

/// One way in which a text differs from the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Offset of the tag.
    pub at: usize,
    /// `<if test="skuId != null">` left out, `<otherwise>` taken ...
    pub what: String,
}

/// One text.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The text.
    pub written: Written,
    /// How it differs from the base; nothing for the base itself.
    pub differences: Vec<Difference>,
}

/// A statement's texts, the base first: all tests hold, the first branch of each choice.
#[derive(Clone, Debug)]
pub struct Variants {
    /// The texts.
    pub texts: Vec<Variant>,
}

/// Something that can be one way or another.
#[derive(Clone, Debug)]
struct Toggle {
    way: Way,
    /// How many ways there are.
    count: usize,
    /// For each way but the first: the tag and what is done to it.
    differences: Vec<Difference>,
}

#[derive(Clone, Debug)]
enum Way {
    Condition(String),
    Branch(usize),
}

/// The texts of a statement.
///
/// # Errors
/// An `<include>` that leads nowhere.
pub fn variants(
    mapper: &Mapper,
    statement: &Statement,
    fragments: &Fragments,
) -> Result<Variants, RenderFault> {
    let scene = Scene::home(fragments, &mapper.namespace);
    let mut toggles = Vec::new();
    collect(&statement.nodes, &scene, &mut toggles)?;
    let mut seen = HashSet::new();
    let mut bytes = 0;
    let mut texts = Vec::new();
    for picks in picks(&toggles) {
        let mut text = Mapped::default();
        render(
            &statement.nodes,
            &choice(&toggles, &picks),
            &scene,
            &mut text,
        )?;
        bytes += text.bytes.len();
        if bytes > MAX_BYTES && !texts.is_empty() {
            break;
        }
        if !seen.insert(text.bytes.clone()) {
            continue;
        }
        texts.push(Variant {
            written: Written::in_program(Rc::clone(&mapper.passage), &text),
            differences: differences(&toggles, &picks),
        });
    }
    Ok(Variants { texts })
}

fn collect(
    nodes: &[Node],
    scene: &Scene<'_>,
    toggles: &mut Vec<Toggle>,
) -> Result<(), RenderFault> {
    for node in nodes {
        if toggles.len() >= MAX_TOGGLES {
            return Ok(());
        }
        match node {
            Node::Text(_) => {}
            Node::If {
                condition,
                at,
                nodes,
            } => {
                let is_known = |toggle: &Toggle| matches!(&toggle.way, Way::Condition(key) if *key == condition.key);
                if !toggles.iter().any(is_known) {
                    let done = if condition.holds_when_set {
                        "left out"
                    } else {
                        "taken"
                    };
                    let what = format!("<if test=\"{}\"> {done}", condition.text);
                    toggles.push(Toggle {
                        way: Way::Condition(condition.key.clone()),
                        count: 2,
                        differences: vec![Difference {
                            at: scene.place(*at),
                            what,
                        }],
                    });
                }
                collect(nodes, scene, toggles)?;
            }
            Node::Choose {
                at,
                branches,
                has_otherwise,
            } => {
                let place = scene.place(*at);
                let others = branches.iter().skip(1).map(|branch| {
                    let what = match branch.label.as_str() {
                        "otherwise" => "<otherwise> taken".to_owned(),
                        test => format!("<when test=\"{test}\"> taken"),
                    };
                    Difference {
                        at: scene.place(branch.at),
                        what,
                    }
                });
                let mut differences: Vec<Difference> = others.collect();
                if !has_otherwise {
                    differences.push(Difference {
                        at: place,
                        what: "no branch of <choose> taken".to_owned(),
                    });
                }
                toggles.push(Toggle {
                    way: Way::Branch(place),
                    count: differences.len() + 1,
                    differences,
                });
                for branch in branches {
                    collect(&branch.nodes, scene, toggles)?;
                }
            }
            Node::Trim(trim) => collect(&trim.nodes, scene, toggles)?,
            Node::Foreach { nodes, .. } => collect(nodes, scene, toggles)?,
            Node::Include {
                refid,
                properties,
                at,
            } => {
                let (nodes, inner) = scene.include(refid, *at, properties)?;
                collect(nodes, &inner, toggles)?;
            }
        }
    }
    Ok(())
}

/// For each text one way a toggle, those nearest to the base first.
fn picks(toggles: &[Toggle]) -> Vec<Vec<usize>> {
    let base = vec![0; toggles.len()];
    let product = toggles
        .iter()
        .try_fold(1_usize, |product, toggle| product.checked_mul(toggle.count));
    let mut found = match product {
        Some(product) if product <= ALL => every(toggles, product),
        _ => chosen(toggles),
    };
    found.sort_by_key(|picks| picks.iter().filter(|pick| **pick != 0).count());
    found.truncate(MAX);
    if found.is_empty() {
        found.push(base);
    }
    found
}

fn every(toggles: &[Toggle], product: usize) -> Vec<Vec<usize>> {
    let of_number = |mut number: usize| {
        let mut digits = Vec::with_capacity(toggles.len());
        for toggle in toggles {
            digits.push(number % toggle.count);
            number /= toggle.count;
        }
        digits
    };
    (0..product).map(of_number).collect()
}

/// The base, each other way of each toggle alone, everything the other way, and each toggle alone as in the base.
fn chosen(toggles: &[Toggle]) -> Vec<Vec<usize>> {
    let base = vec![0; toggles.len()];
    let last: Vec<usize> = toggles.iter().map(|toggle| toggle.count - 1).collect();
    let mut found = vec![base.clone(), last.clone()];
    for (index, toggle) in toggles.iter().enumerate() {
        for way in 1..toggle.count {
            found.push(with(&base, index, way));
        }
        found.push(with(&last, index, 0));
    }
    found
}

fn with(picks: &[usize], index: usize, way: usize) -> Vec<usize> {
    let mut picks = picks.to_vec();
    if let Some(pick) = picks.get_mut(index) {
        *pick = way;
    }
    picks
}

fn choice(toggles: &[Toggle], picks: &[usize]) -> Choice {
    let mut choice = Choice::default();
    for (toggle, pick) in toggles.iter().zip(picks) {
        match &toggle.way {
            Way::Condition(key) => {
                choice.absent.insert(key.clone(), *pick != 0);
            }
            Way::Branch(at) => {
                choice.branches.insert(*at, *pick);
            }
        }
    }
    choice
}

fn differences(toggles: &[Toggle], picks: &[usize]) -> Vec<Difference> {
    let differing = toggles.iter().zip(picks).filter_map(|(toggle, pick)| {
        let index = pick.checked_sub(1)?;
        toggle.differences.get(index)
    });
    differing.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::mapper::parse;

    fn texts(statement: &str) -> Vec<String> {
        let xml = format!(
            "<mapper namespace='m'><sql id='columns'>id, ${{column}}</sql>{statement}</mapper>"
        );
        let mapper = parse(xml.into()).unwrap();
        let mut fragments = Fragments::default();
        fragments.add(&mapper);
        let found = variants(&mapper, &mapper.statements[0], &fragments).unwrap();
        let words = |variant: &Variant| {
            let text = String::from_utf8(variant.written.text.bytes.clone()).unwrap();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        found.texts.iter().map(words).collect()
    }

    #[test]
    fn dynamic_tags_become_the_texts_that_mybatis_makes() {
        let select = "<select id='a'>SELECT <include refid='columns'><property name='column' value='stock'/></include> FROM t\
             <where><if test='a != null'>AND a = #{a}</if><if test='a == null'> OR b &lt; 1</if></where></select>";
        assert_eq!(
            texts(select),
            [
                "SELECT id, stock FROM t WHERE a = ?",
                "SELECT id, stock FROM t WHERE b < 1",
            ]
        );
        let update = "<update id='a'>UPDATE t <set><if test='x != null'>x = #{x},</if><if test='y != null'>y = #{y},</if></set> WHERE a = 1</update>";
        assert_eq!(
            texts(update),
            [
                "UPDATE t SET x = ?,y = ? WHERE a = 1",
                "UPDATE t SET y = ? WHERE a = 1",
                "UPDATE t SET x = ? WHERE a = 1",
                "UPDATE t WHERE a = 1",
            ]
        );
        let choose = "<select id='a'>SELECT 1 FROM t WHERE <choose><when test='a'>a = 1</when><when test='b'>b = 1</when><otherwise>c = 1</otherwise></choose></select>";
        assert_eq!(
            texts(choose),
            [
                "SELECT 1 FROM t WHERE a = 1",
                "SELECT 1 FROM t WHERE b = 1",
                "SELECT 1 FROM t WHERE c = 1",
            ]
        );
        let each = "<select id='a'>SELECT 1 FROM t WHERE a IN <foreach collection='l' item='i' open='(' separator=',' close=')'>#{i}</foreach></select>";
        assert_eq!(texts(each), ["SELECT 1 FROM t WHERE a IN ( ? , ? )"]);
        let trim = "<insert id='a'>INSERT INTO t <trim prefix='(' suffix=')' suffixOverrides=','>a,<if test='b != null'>b,</if></trim> VALUES (1)</insert>";
        assert_eq!(
            texts(trim),
            [
                "INSERT INTO t ( a,b ) VALUES (1)",
                "INSERT INTO t ( a ) VALUES (1)"
            ]
        );
    }

    #[test]
    fn many_tests_are_bounded() {
        let many: String = (0..150)
            .map(|n| format!("<if test='x{n} != null'>AND a{n} = 1</if>"))
            .collect();
        let found = texts(&format!(
            "<select id='a'>SELECT 1 FROM t WHERE 1 = 1 {many}</select>"
        ));
        assert_eq!(
            found.len(),
            302,
            "the base, all left out, each alone left out or taken"
        );
    }

    #[test]
    fn an_include_that_leads_nowhere_is_a_fault() {
        let mapper = parse(
            "<mapper namespace='m'><select id='a'><include refid='x'/></select></mapper>".into(),
        )
        .unwrap();
        let fault = variants(&mapper, &mapper.statements[0], &Fragments::default()).unwrap_err();
        assert!(fault.message.contains("<sql id=\"x\">"));
    }
}
