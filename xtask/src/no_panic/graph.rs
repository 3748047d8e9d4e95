//! The references in compiled code: the linker's sections, of which each function has one.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use object::read::archive::ArchiveFile;
use object::{
    File, Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget, SectionIndex,
    SymbolKind,
};

/// The start of the paths.
const ROOT: &str = "no_panic_check::ROOTS";

/// Returns whether a function is one of the functions that panics call.
pub(super) fn panics(name: &str) -> bool {
    name.starts_with("core::panicking::")
}

/// The functions of a linked program.
pub(super) fn functions(program: &Path) -> Result<Vec<String>> {
    let bytes = fs::read(program).with_context(|| format!("read {}", program.display()))?;
    let file = File::parse(&*bytes)?;
    let functions = file
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition());
    Ok(functions
        .filter_map(|symbol| symbol.name().ok())
        .map(readable)
        .collect())
}

/// Returns a shortest path from the roots to a panic, without the functions in `avoided`. Each
/// function on it calls the next one.
pub(super) fn path_to_panic(archive: &Path, avoided: &[&str]) -> Result<Option<Vec<String>>> {
    let bytes = fs::read(archive).with_context(|| format!("read {}", archive.display()))?;
    let graph = Graph::read(&bytes)?;
    let root = graph
        .names
        .iter()
        .find(|(_, name)| *name == ROOT)
        .with_context(|| format!("find {ROOT} in {}", archive.display()))?;
    Ok(graph.path(*root.0, avoided))
}

/// A section of a member of the archive.
type Place = (usize, SectionIndex);

#[derive(Default)]
struct Graph {
    /// The content of a section.
    names: HashMap<Place, String>,
    /// The sections that it refers to.
    edges: HashMap<Place, Vec<Place>>,
}

impl Graph {
    fn read(bytes: &[u8]) -> Result<Self> {
        let mut files = Vec::new();
        for member in ArchiveFile::parse(bytes)?.members() {
            files.push(File::parse(member?.data(bytes)?)?);
        }
        let mut graph = Self::default();
        let mut exported = HashMap::new();
        for (number, file) in files.iter().enumerate() {
            for symbol in file.symbols() {
                let Some(section) = symbol.section_index() else {
                    continue;
                };
                let (place, name) = ((number, section), symbol.name()?);
                if symbol.kind() != SymbolKind::Section && !name.starts_with(".L") {
                    graph.names.entry(place).or_insert_with(|| readable(name));
                }
                if symbol.is_global() {
                    exported.insert(name, place);
                }
            }
        }
        for (number, file) in files.iter().enumerate() {
            for section in file.sections() {
                let targets = section.relocations().filter_map(|(_, relocation)| {
                    let RelocationTarget::Symbol(index) = relocation.target() else {
                        return None;
                    };
                    let symbol = file.symbol_by_index(index).ok()?;
                    match symbol.section_index() {
                        Some(section) => Some((number, section)),
                        None => exported.get(symbol.name().ok()?).copied(),
                    }
                });
                let place = (number, section.index());
                graph.edges.entry(place).or_default().extend(targets);
            }
        }
        Ok(graph)
    }

    fn path(&self, root: Place, avoided: &[&str]) -> Option<Vec<String>> {
        let name = |place: &Place| self.names.get(place).map_or("", String::as_str);
        let mut came_from = HashMap::from([(root, root)]);
        let mut queue = VecDeque::from([root]);
        while let Some(place) = queue.pop_front() {
            if panics(name(&place)) {
                let mut path = Vec::new();
                let mut step = place;
                while step != root {
                    // Tables of functions have no names.
                    path.extend(Some(name(&step)).filter(|name| !name.is_empty()));
                    step = *came_from.get(&step)?;
                }
                return Some(path.into_iter().rev().map(str::to_owned).collect());
            }
            for next in self.edges.get(&place).into_iter().flatten() {
                if !came_from.contains_key(next) && !avoided.contains(&name(next)) {
                    came_from.insert(*next, place);
                    queue.push_back(*next);
                }
            }
        }
        None
    }
}

/// Returns a name without the compiler's hashes.
fn readable(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}
