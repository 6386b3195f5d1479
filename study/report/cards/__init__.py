"""A model card per exported variant: Markdown with the metadata of Hugging Face's model cards."""
