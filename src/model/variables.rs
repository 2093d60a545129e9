//! Names and literals, few of them: sorted in one allocation, where a tree would take half a KiB for the first.

/// Up to so many no room is kept for more.
const FEW: usize = 4;

/// Variables by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Variables(Vec<(Box<str>, Box<str>)>);

impl Variables {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let index = self.index(name).ok()?;
        self.0.get(index).map(|(_, literal)| &**literal)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.index(name).is_ok()
    }

    pub(super) fn insert(&mut self, name: &str, literal: &str) {
        match self.index(name) {
            Ok(index) => {
                if let Some((_, old)) = self.0.get_mut(index) {
                    *old = literal.into();
                }
            }
            Err(index) => {
                if self.0.len() < FEW {
                    self.0.reserve_exact(1);
                }
                self.0.insert(index, (name.into(), literal.into()));
            }
        }
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let found = self.index(name);
        if let Ok(index) = found {
            self.0.remove(index);
        }
        found.is_ok()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, literal)| (&**name, &**literal))
    }

    fn index(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn names_are_kept_once_and_in_order() {
        let mut variables = Variables::default();
        for (name, literal) in [("b", "1"), ("c", "2"), ("a", "3"), ("b", "4")] {
            variables.insert(name, literal);
        }
        let all: Vec<_> = variables.iter().collect();
        assert_eq!(all, [("a", "3"), ("b", "4"), ("c", "2")]);
        assert_eq!(variables.get("b"), Some("4"));
        assert!(variables.remove("a") && !variables.remove("a"));
        assert!(!variables.contains("a") && variables.get("a").is_none());
        assert_eq!(variables.len(), 2);
        // a name of many thousand bytes or none is a name
        variables.insert("", "5");
        assert!(variables.contains("") && !variables.is_empty());
    }
}
