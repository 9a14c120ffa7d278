#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::aws {

// An element of an answer of the query protocol (CloudFormation, STS) and of S3. Attributes, comments and
// processing instructions are left out; namespaces are not looked at.
struct XmlElement {
    std::string name;
    std::string text;  // of this element itself, unescaped
    std::vector<XmlElement> children;

    // The first child of that name; nullptr when there is none.
    [[nodiscard]] const XmlElement* child(std::string_view child_name) const;
    // The text of a child; "" when there is none.
    [[nodiscard]] std::string text_of(std::string_view child_name) const;
    // The first element of that name among all descendants.
    [[nodiscard]] const XmlElement* find(std::string_view descendant_name) const;
};

// The root element. Nothing when the text is not well-formed, has a document type (which could expand
// without bound) or is nested deeper than 32 elements.
std::optional<XmlElement> read_xml(std::string_view text);

}  // namespace weir::aws
