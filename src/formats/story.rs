//! One HTML file that tells how a training went: its pictures over time, losses, marks, recipe. For browsers, from disk
//! and without a network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

const TEMPLATE: &str = include_str!("../../assets/page/story.html");
const SCRIPT: &str = include_str!("../../assets/page/story.js");

/// What the page tells. Its script shows all words as text, never as markup.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Story {
    /// What the run is called.
    pub name: String,
    /// Pictures, steps and time in one sentence.
    pub summary: String,
    /// What the person wrote about the run.
    pub notes: String,
    /// Licence and credit of the model that it started from.
    pub notice: String,
    /// Name and version of the program.
    pub program: String,
    /// The samples, of the same latents at every moment.
    pub samples: Sheets,
    /// A map of latents at several moments; none where there is none yet.
    pub map: Option<Sheets>,
    /// Step, loss of the generator, loss of the discriminator.
    pub losses: Vec<(u64, f32, f32)>,
    /// Step, KID times 1,000.
    pub kids: Vec<(u64, f64)>,
    pub marks: Vec<StoryMark>,
    /// Settings: label and value.
    pub recipe: Vec<(&'static str, String)>,
}

/// Pictures of the same latents at several moments.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sheets {
    pub layout: StoryLayout,
    /// Oldest first; at least one.
    pub moments: Vec<Moment>,
}

/// Where the pictures are on each moment's sheet, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct StoryLayout {
    pub columns: u32,
    pub rows: u32,
    pub count: u32,
    pub side: u32,
    pub gap: u32,
}

/// The sheet of one step.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moment {
    pub step: u64,
    /// Seconds of training by then; 0 where that is not known.
    pub seconds: f64,
    #[serde(serialize_with = "base64")]
    pub jpeg: Vec<u8>,
}

/// Settings that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StoryMark {
    pub step: u64,
    pub text: String,
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

/// The page's text.
///
/// # Errors
/// A number that JSON has no word for.
pub(crate) fn write_story(story: &Story) -> serde_json::Result<String> {
    Ok(TEMPLATE.replace("{{SCRIPT}}", SCRIPT).replace("{{STORY}}", &script_json(story)?))
}

/// JSON that cannot end the element that it stands in, whatever a stranger wrote.
pub(crate) fn script_json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_wrote_stays_text() {
        let evil = "</script><script>alert(1)</script><!--{{SCRIPT}}";
        let story = Story {
            name: evil.to_owned(),
            summary: String::new(),
            notes: evil.to_owned(),
            notice: evil.to_owned(),
            program: "Purrtrait".to_owned(),
            samples: Sheets {
                layout: StoryLayout { columns: 1, rows: 1, count: 1, side: 4, gap: 2 },
                moments: vec![Moment { step: 1, seconds: 0.0, jpeg: vec![255, 216, 255] }],
            },
            map: None,
            losses: vec![(1, 0.5, f32::NAN)],
            kids: vec![],
            marks: vec![StoryMark { step: 1, text: evil.to_owned() }],
            recipe: vec![("Seed", evil.to_owned())],
        };
        let page = write_story(&story).unwrap();
        assert_eq!(page.matches("</script>").count(), 2, "the page's own two");
        let data = page.split_once("id=\"story\">").unwrap().1.split_once("</script>").unwrap().0;
        let back: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!((&back["name"], &back["marks"][0]["text"]), (&evil.into(), &evil.into()));
        assert_eq!(back["samples"]["moments"][0]["jpeg"], "/9j/");
    }
}
