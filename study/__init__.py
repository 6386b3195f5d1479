"""The library: values in, values out. It knows no paths of the project and no params file."""
